/* scenario_yaml.h -- YAML into values, with limits. */
#pragma once
#include "cockpit/scenario_value.h"

/* NULL and *err (INVALID, rule `yaml.malformed`): the sentence begins with NAME:LINE.  Plain scalars are
 * what the YAML core schema says (null, true, 12, 1.5), anything in quotes and anything else (dates, yes,
 * 007) is text. */
struct value *yaml_read(struct arena *, const char *name, const char *text, size_t n, struct error *);
