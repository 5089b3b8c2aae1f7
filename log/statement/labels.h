/* Every number that a statement, a receipt or an evidence file is made of. Registered ones say where;
 * private-use ones (below -65536) are Cairn's until they are registered, and stand nowhere else. */
#ifndef CAIRN_LABELS_H
#define CAIRN_LABELS_H

/* COSE header parameters (RFC 9052, 9596, 9597, 9942, 9995) */
#define LABEL_ALG 1
#define LABEL_CRIT 2
#define LABEL_CONTENT_TYPE 3
#define LABEL_KID 4
#define LABEL_CWT_CLAIMS 15
#define LABEL_TYP 16
#define LABEL_PREIMAGE_ALG 258
#define LABEL_PREIMAGE_TYPE 259
#define LABEL_PREIMAGE_LOCATION 260
#define LABEL_RECEIPTS 394
#define LABEL_VDS 395
#define LABEL_VDP 396
#define LABEL_EVIDENCE (-70100)

#define ALG_EDDSA (-8)
#define ALG_ED25519 (-19)
#define ALG_SHA256 (-16)
#define VDS_RFC9162 1
#define VDP_INCLUSION (-1)
#define VDP_CONSISTENCY (-2)
#define COSE_TAG_SIGN1 18

/* CWT claims (RFC 8392) and Cairn's */
#define CLAIM_ISS 1
#define CLAIM_SUB 2
#define CLAIM_EXP 4
#define CLAIM_NBF 5
#define CLAIM_IAT 6
#define CLAIM_SCHEMA (-70001)
#define CLAIM_DEPENDS (-70002)
#define CLAIM_HOME (-70003)

/* What a key may sign; bits. */
#define PURPOSE_ATTEST 1U
#define PURPOSE_STATUS 2U
#define PURPOSE_ISSUER 4U
#define PURPOSE_SEAL 8U
#define PURPOSE_RULES 16U
#define PURPOSE_CHECKPOINT 32U

#define TYP_PREFIX "application/vnd.cairn."
#define TYP_PREFIX_SHORT "vnd.cairn."
#define TYP_ISSUER TYP_PREFIX "issuer+cbor"
#define TYP_RULES TYP_PREFIX "rules+cbor"
#define TYP_SCHEMA TYP_PREFIX "schema+cbor"
#define TYP_STATUS TYP_PREFIX "status+cbor"
#define TYP_SEAL TYP_PREFIX "seal+cbor"
/* What a hash envelope says of private claims; no statement's typ. */
#define TYPE_PRIVATE_CLAIMS TYP_PREFIX "claims+cbor"

#define CKT_URN "urn:ietf:params:oauth:ckt:sha-256:"
#define CKT_SHORT "ckt:"

#endif
