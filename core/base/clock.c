/* clock.c -- the system's time, and instants as text.
 *
 * Dates are computed here from the day number (the calendar repeats every 400 years of 146,097 days),
 * because the C library's conversions depend on the process' time zone and on hidden state. */
#include "core/base/clock.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
clock_micros(clockid_t which)
{
	struct timespec t;
	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

int64_t
wall_now(void)
{
	return clock_micros(CLOCK_REALTIME);
}

int64_t
mono_now(void)
{
	return clock_micros(CLOCK_MONOTONIC);
}

struct civil { int64_t year; int month, day, hour, minute, second, micros; };

/* years begin in March here, so that the leap day is the last of its year */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static struct civil
civil_from_micros(int64_t t)
{
	int64_t days = t / DAY, rest = t % DAY;
	if (rest < 0) {
		rest += DAY;
		days--;
	}
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);
	return (struct civil){ .year = yoe + era * 400 + (month <= 2), .month = month,
		.day = (int)(doy - (153 * mp + 2) / 5 + 1), .hour = (int)(rest / HOUR),
		.minute = (int)(rest / MINUTE % 60), .second = (int)(rest / SECOND % 60),
		.micros = (int)(rest % SECOND) };
}

static char *
put_digits(char *to, int v, int n)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		to[i] = (char)('0' + v % 10);
	return to + n;
}

/* by hand where the year has four digits: documents hold so many times that printf shows in a profile */
char *
time_format(int64_t t, char out[TIME_TEXT])
{
	struct civil c = civil_from_micros(t);
	const int parts[] = { c.month, c.day, c.hour, c.minute, c.second };
	char *p = out;
	if (c.year < 0 || c.year > 9999)
		p += snprintf(out, TIME_TEXT - 26, "%lld", (long long)c.year);
	else
		p = put_digits(p, (int)c.year, 4);
	for (int i = 0; i < 5; i++) {
		*p++ = "--T::"[i];
		p = put_digits(p, parts[i], 2);
	}
	if (c.micros) {
		*p++ = '.';
		p = put_digits(p, c.micros, 6);
	}
	memcpy(p, "Z", 2);
	return out;
}

char *
time_format_ms(int64_t t, char out[TIME_TEXT])
{
	struct civil c = civil_from_micros(t);
	snprintf(out, TIME_TEXT, "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ", (long long)c.year, c.month, c.day,
		c.hour, c.minute, c.second, c.micros / 1000);
	return out;
}

/* exactly n digits; moves *p behind them */
static bool
digits(const char **p, int n, int *out)
{
	*out = 0;
	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return true;
}

static bool
literal(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

static bool
scan_date(const char **p, int64_t *day_number)
{
	int y, m, d;
	if (!digits(p, 4, &y) || !literal(p, '-') || !digits(p, 2, &m) || !literal(p, '-') || !digits(p, 2, &d))
		return false;
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > month_days(y, m))
		return false;
	*day_number = days_from_civil(y, m, d);
	return true;
}

/* fractions beyond microseconds are dropped */
static bool
scan_fraction(const char **p, int64_t *micros)
{
	int64_t unit = SECOND / 10;
	int n = 0;
	for (; **p >= '0' && **p <= '9'; (*p)++, n++, unit /= 10)
		*micros += (**p - '0') * unit;
	return n > 0;
}

static bool
scan_time_of_day(const char **p, int64_t *micros)
{
	int h, m, s = 0;
	int64_t fraction = 0;
	if (!digits(p, 2, &h) || !literal(p, ':') || !digits(p, 2, &m) || h > 23 || m > 59)
		return false;
	if (literal(p, ':') && (!digits(p, 2, &s) || s > 60))      /* 60: a leap second is the next second */
		return false;
	if ((**p == '.' || **p == ',') && ((*p)++, !scan_fraction(p, &fraction)))
		return false;
	*micros = h * HOUR + m * MINUTE + s * SECOND + fraction;
	return true;
}

/* "Z", "+08:00", "+0800", nothing; a '+' that a query string turned into a blank counts as '+' */
static bool
scan_zone(const char **p, int64_t *offset)
{
	int h, m;
	*offset = 0;
	if (**p == 0 || literal(p, 'Z') || literal(p, 'z'))
		return **p == 0;
	char sign = *(*p)++;
	if ((sign != '+' && sign != '-' && sign != ' ') || !digits(p, 2, &h))
		return false;
	literal(p, ':');
	if (!digits(p, 2, &m) || h > 23 || m > 59 || **p)
		return false;
	*offset = (h * HOUR + m * MINUTE) * (sign == '-' ? -1 : 1);
	return true;
}

bool
time_parse(const char *text, int64_t *out)
{
	int64_t day, of_day = 0, offset = 0;
	const char *p = text;
	if (!text || !scan_date(&p, &day))
		return false;
	if (*p) {
		if (*p != 'T' && *p != 't' && *p != ' ')
			return false;
		p++;
		if (!scan_time_of_day(&p, &of_day) || !scan_zone(&p, &offset))
			return false;
	}
	*out = day * DAY + of_day - offset;
	return true;
}

bool
date_valid(const char *text)
{
	int64_t day;
	return text && scan_date(&text, &day) && *text == 0;
}

bool
duration_parse(const char *text, int64_t *out)
{
	static const struct { char unit; int64_t micros; } units[] = {
		{ 's', SECOND }, { 'm', MINUTE }, { 'h', HOUR }, { 'd', DAY } };
	int64_t n = 0;
	const char *p = text;
	if (!text || *p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *p - '0', &n))
			return false;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (*p == units[i].unit && p[1] == 0)
			return !__builtin_mul_overflow(n, units[i].micros, out);
	return false;
}

void
sleep_for(int64_t micros)
{
	if (micros <= 0)
		return;
	struct timespec t = { .tv_sec = micros / SECOND, .tv_nsec = micros % SECOND * 1000 };
	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}
