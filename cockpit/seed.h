/* seed.h -- `bss admin seed`: the rows that a new system sells from. */
#pragma once

/* argv[0] is "seed"; configuration is loaded.  Returns the exit status. */
int seed_main(int argc, char **argv);
