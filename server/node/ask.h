/* One witness and the checkpoint on its way: asked with a proof from the size that it saw last; what it says, believed
 * as far as it is signed. */
#ifndef CAIRN_ASK_H
#define CAIRN_ASK_H

#include "server/node/node.h"

/* Sends the request for n->step's checkpoint; publish_drive is called when the answer is understood. */
void witness_ask(struct witness_state *w);

#endif
