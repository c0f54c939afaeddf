#pragma once

#include <string>
#include <vector>

namespace scorefem::base {

/// The fields of a line, without the blanks around them; what is in quotes may hold commas, and "" for a
/// quote.
/// @param fields replaced, so that a reader of many lines allocates once
void split_csv(const std::string& line, std::vector<std::string>& fields);

/// What seems to separate the values of a line that split_csv() has split: "';'", "tabs" or "blanks"; empty
/// where nothing but commas does.
std::string other_separator(const std::vector<std::string>& fields);

/// Takes a byte order mark, which spreadsheets begin a file with, from a file's first line.
void drop_byte_order_mark(std::string& first_line);

/// Whether a field stands for a missing value: empty, NA, or nan in any case.
bool is_missing(const std::string& field);

}  // namespace scorefem::base
