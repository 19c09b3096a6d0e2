/* money.h -- money is integers of minor units with a currency; no floating point touches it.
 * The number of decimals comes from ISO 4217 (SGD 2, JPY 0, BHD 3). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct money { int64_t minor; char currency[4]; };   /* currency[0] == 0: no amount given */

struct error;
#define MONEY_TEXT 40
bool currency_known(const char *code);
int currency_decimals(const char *code);
bool money_parse(const char *decimal, const char *currency, struct money *, struct error *); /* "25.00" */
char *money_decimal(struct money, char out[MONEY_TEXT]);      /* "25.00" */
char *money_show(struct money, char out[MONEY_TEXT]);         /* "SGD 25.00" */
bool money_add(struct money *a, struct money b);              /* false: overflow or other currency */
bool money_sub(struct money *a, struct money b);
bool money_percent_off(struct money *, int64_t percent_e2);   /* 2000 = 20.00 %; half up */
bool money_is_positive(struct money);
