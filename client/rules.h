/* What an operator says: cairn log approve, withdraw, limits, close. Each makes the next rules statement, which
 * repeats all that it does not change. */
#ifndef CAIRN_CLIENT_RULES_H
#define CAIRN_CLIENT_RULES_H

#include "client/client.h"

int rules_approve(struct args *a);
int rules_withdraw(struct args *a);
int rules_limits(struct args *a);
int rules_close(struct args *a);

#endif
