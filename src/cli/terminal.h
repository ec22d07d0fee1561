/* SPDX-License-Identifier: MIT
 * terminal.h - a line typed at the terminal, and how wide text is there.
 */
#ifndef LEAT_CLI_TERMINAL_H
#define LEAT_CLI_TERMINAL_H

struct lua_State;

/* Adds to the table on top:
 *
 *   editor(complete)    opens the terminal for input by hand. complete(text) -> insert, list is
 *                       called when Tab is typed behind `text`: insert (a string) goes into the
 *                       line, list (a text, or nil) is shown below.
 *     editor:read(prompt[, colour])  the text typed up to Return (a paste may be many lines), or
 *                       nil and "end" (Ctrl-D) or "interrupted" (Ctrl-C). Colour is the prompt's,
 *                       an escape sequence.
 *     editor:add(text)  a text that the arrow keys bring back
 *     editor:pending()  whether more has been typed already
 *   size()              columns and rows of the terminal; 80 and 24 where there is none
 *   width(text[, most]) columns that text takes, and its bytes; or those of the longest piece
 *                       at its beginning that takes no more than `most`. A byte that is no
 *                       UTF-8 and a control character count as one.
 *   files(prefix)       a list of the paths that begin so, folders with a slash at their end
 *   append(path, text)  adds text to the end of a file that only its owner can read, and makes
 *                       it, and folders on the way; true, or nil and why not
 *   coloured(fd)        whether what is written there may be in colours: a terminal that knows
 *                       escape sequences, and NO_COLOR is not set
 *   clock()             seconds, of a clock that nobody sets
 */
void terminal_functions (struct lua_State *L);

#endif
