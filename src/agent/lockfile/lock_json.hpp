// What the two JSON lockfiles have in common.
#pragma once

#include "core/result.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

enum class JsonDialect { strict, with_comments_and_trailing_commas };

// An object, or an error that says where it stops being one.
Result<boost::json::object> parse_json_object(std::string_view text, JsonDialect dialect);

// The same of a lockfile. Its numbers must be 64-bit integers, as every package manager writes
// them: a fraction is read inexactly, so two could count as equal, and one be written changed.
Result<boost::json::object> parse_lock_json(std::string_view text, JsonDialect dialect);

// nullptr when absent or no object.
const boost::json::object* object_in(const boost::json::object& parent, std::string_view key);
const boost::json::array* array_in(const boost::json::object& parent, std::string_view key);
// nullopt when absent or no text.
std::optional<std::string_view> text_in(const boost::json::object& parent, std::string_view key);
std::optional<std::int64_t> number_in(const boost::json::object& parent, std::string_view key);

// A folder as lockfiles write it ("./packages/a/", "packages/a", ".") as we do: "packages/a", "".
std::string importer_directory(std::string_view path);

}  // namespace vc::agent
