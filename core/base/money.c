/* money.c -- amounts as integers of minor units.
 *
 * Text becomes an integer digit by digit and back; there is no step where a binary fraction could stand
 * for a decimal one.  Arithmetic says false on overflow or when currencies differ, and changes nothing. */
#include "core/base/money.h"
#include "core/base/error.h"
#include <stdio.h>
#include <string.h>

/* ISO 4217 by number of decimals; funds codes and metals are left out, nobody pays with them */
static const char no_decimals[] =
	"BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF ";
static const char three_decimals[] =
	"BHD IQD JOD KWD LYD OMR TND ";
static const char two_decimals[] =
	"AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
	"CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD "
	"HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD "
	"MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON "
	"RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD "
	"TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG ";

static bool
listed(const char *list, const char *code)
{
	char word[5] = { code[0], code[1], code[2], ' ', 0 };
	const char *at = strstr(list, word);
	return at && (at - list) % 4 == 0;
}

/* -1: no such currency */
static int
decimals_or_unknown(const char *code)
{
	if (!code || strlen(code) != 3)
		return -1;
	if (listed(two_decimals, code))
		return 2;
	if (listed(no_decimals, code))
		return 0;
	return listed(three_decimals, code) ? 3 : -1;
}

bool
currency_known(const char *code)
{
	return decimals_or_unknown(code) >= 0;
}

int
currency_decimals(const char *code)
{
	int n = decimals_or_unknown(code);
	return n < 0 ? 2 : n;
}

/* digits, an optional point and digits; more decimals than the currency has only if they are 0 */
static bool
scan_decimal(const char *p, int decimals, int64_t *minor)
{
	int64_t v = 0;
	int fraction = -1, digits = 0;
	for (; *p; p++) {
		if (*p == '.' && fraction < 0 && digits > 0) {
			fraction = 0;
			continue;
		}
		if (*p < '0' || *p > '9')
			return false;
		digits++;
		if (fraction >= decimals) {
			if (*p != '0')
				return false;
			fraction++;
			continue;
		}
		if (fraction >= 0)
			fraction++;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
			return false;
	}
	if (digits == 0 || fraction == 0)
		return false;
	for (int i = fraction < 0 ? 0 : fraction; i < decimals; i++)
		if (__builtin_mul_overflow(v, 10, &v))
			return false;
	*minor = v;
	return true;
}

bool
money_parse(const char *decimal, const char *currency, struct money *out, struct error *err)
{
	int decimals = decimals_or_unknown(currency);
	if (decimals < 0)
		return error_set(err, ERROR_INVALID, "money.currency", "'%.8s' is not a currency of ISO 4217",
			currency ? currency : "");
	const char *p = decimal ? decimal : "";
	bool negative = *p == '-';
	int64_t minor = 0;
	if (!scan_decimal(p + negative, decimals, &minor))
		return error_set(err, ERROR_INVALID, "money.amount",
			"'%.40s' is not an amount of %s: digits, and at most %d after the point",
			decimal ? decimal : "", currency, decimals);
	*out = (struct money){ .minor = negative ? -minor : minor };
	memcpy(out->currency, currency, 4);
	return true;
}

char *
money_decimal(struct money m, char out[MONEY_TEXT])
{
	int decimals = currency_decimals(m.currency);
	uint64_t v = m.minor < 0 ? 0 - (uint64_t)m.minor : (uint64_t)m.minor;
	uint64_t unit = 1;
	for (int i = 0; i < decimals; i++)
		unit *= 10;
	const char *sign = m.minor < 0 ? "-" : "";
	if (decimals == 0)
		snprintf(out, MONEY_TEXT, "%s%llu", sign, (unsigned long long)v);
	else
		snprintf(out, MONEY_TEXT, "%s%llu.%0*llu", sign, (unsigned long long)(v / unit), decimals,
			(unsigned long long)(v % unit));
	return out;
}

char *
money_show(struct money m, char out[MONEY_TEXT])
{
	char decimal[MONEY_TEXT];
	money_decimal(m, decimal);
	snprintf(out, MONEY_TEXT, "%.3s%s%.30s", m.currency, m.currency[0] ? " " : "", decimal);
	return out;
}

/* an amount not given takes the other's currency, so that a sum may start from nothing */
static bool
same_currency(const struct money *a, const struct money *b)
{
	return !a->currency[0] || !b->currency[0] || memcmp(a->currency, b->currency, 3) == 0;
}

static bool
combine(struct money *a, struct money b, int64_t minor)
{
	a->minor = minor;
	if (!a->currency[0])
		memcpy(a->currency, b.currency, sizeof a->currency);
	return true;
}

bool
money_add(struct money *a, struct money b)
{
	int64_t sum;
	return same_currency(a, &b) && !__builtin_add_overflow(a->minor, b.minor, &sum) && combine(a, b, sum);
}

bool
money_sub(struct money *a, struct money b)
{
	int64_t rest;
	return same_currency(a, &b) && !__builtin_sub_overflow(a->minor, b.minor, &rest) && combine(a, b, rest);
}

__extension__ typedef __int128 wide;          /* a product of amounts does not fit 64 bits */

bool
money_percent_off(struct money *m, int64_t percent_e2)
{
	if (percent_e2 < 0 || percent_e2 > 10000)
		return false;
	wide left = (wide)m->minor * (10000 - percent_e2);
	wide half = left < 0 ? -5000 : 5000;
	m->minor = (int64_t)((left + half) / 10000);
	return true;
}

bool
money_is_positive(struct money m)
{
	return m.currency[0] && m.minor > 0;
}
