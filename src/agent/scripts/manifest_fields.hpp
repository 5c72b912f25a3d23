// What managers have in common when they make variables of a manifest's fields.
#pragma once

#include "agent/scripts/script_package.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

inline constexpr std::string_view kPackagePrefix = "npm_package_";

// A manifest as JSON. Errc::invalid for what is none, or is nested deeper than 64.
Result<boost::json::object> parse_manifest_object(std::string_view manifest);

// As JavaScript's String(value) of a value that is no object; nullopt where printing it is an art.
std::optional<std::string> printed(const boost::json::value& value);

// A field whose name every manager reads alike.
bool is_plain_key(std::string_view key);

// False when two fields are to become one variable with different values: which of them wins is
// not for us to say.
bool set_variable(Variables& out, const std::string& name, std::string value);

}  // namespace vc::agent
