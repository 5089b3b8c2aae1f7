/* What cairn issuer does once an issuer is registered. */
#ifndef CAIRN_CLIENT_ISSUER_H
#define CAIRN_CLIENT_ISSUER_H

#include "client/client.h"

int issuer_show(struct args *a);
int issuer_rotate(struct args *a);
int issuer_cut(struct args *a);
int issuer_recover(struct args *a);

#endif
