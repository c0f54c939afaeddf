#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace scorefem::base {

/// JSON as text, for values with texts from outside, such as paths, which may hold any bytes: U+FFFD stands
/// for what is not UTF-8.
/// @param indent of each level, on lines of their own; -1: all on one line
std::string utf8_json(const nlohmann::json& value, int indent = -1);

/// Whether a text is UTF-8, as what figures, reports and other programs read has to be.
bool is_utf8(const std::string& text);

}  // namespace scorefem::base
