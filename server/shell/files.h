/* Files and folders as the programs keep them: read whole, written durably, locked. Knows nothing of what is
 * in them. */
#ifndef CAIRN_SHELL_FILES_H
#define CAIRN_SHELL_FILES_H

#include "log/base/base.h"

/* Paths of what the programs keep are shorter. */
#define FILE_PATH_MAX 4096

/* DIR/NAME. ERR_NO_ROOM when it is too long. */
enum err file_path(const char *dir, const char *name, char ret[FILE_PATH_MAX]) MUST_USE;
/* A whole file, malloced. ERR_NO_FILE when there is none; ERR_NOT_READABLE; ERR_NO_ROOM above `max` bytes. */
enum err file_read(const char *path, size_t max, uint8_t **ret, size_t *ret_len) MUST_USE;
/* ERR_NOT_PRIVATE when anybody but its owner may read or write the file. */
enum err file_private(const char *path) MUST_USE;
/* A durable file: written aside as NAME.new, synced, renamed, its folder synced. `mode` as for open. After an
 * error the old file, the new one, or the new one that a power cut takes back, may be there: read it again. */
enum err file_write_durable(const char *dir, const char *name, struct span bytes, unsigned mode) MUST_USE;
/* Takes DIR/lock until *ret is closed; ret may be NULL: until the process ends. ERR_IN_USE when it is taken,
 * ERR_NO_FILE without DIR. */
enum err folder_lock(const char *dir, int *ret) MUST_USE;

#endif
