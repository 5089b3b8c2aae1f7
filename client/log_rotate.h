/* cairn log rotate: the operator puts the next online keys of a log in the place of those before. */
#ifndef CAIRN_LOG_ROTATE_H
#define CAIRN_LOG_ROTATE_H

#include "client/client.h"

int log_rotate(struct args *a);

#endif
