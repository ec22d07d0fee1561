/* SPDX-License-Identifier: MIT
 * progress_line.h - a line on standard error that says how far long work has come.
 */
#ifndef LEAT_CLI_PROGRESS_LINE_H
#define LEAT_CLI_PROGRESS_LINE_H

struct lua_State;

/* show_progress(): from now on what takes longer than a second has the line, if standard error
 * is a terminal. The functions of L that write erase it before. */
int progress_line_show (struct lua_State *L);
/* Something is begun: its second starts. */
void progress_line_start (void);
/* Takes the line away, until there is news. For who writes to a terminal. */
void progress_line_erase (void);
/* No line any more. */
void progress_line_end (void);

#endif
