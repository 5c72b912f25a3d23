#include "core/env.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace vc {

namespace {

constexpr std::string_view kForms = "write ${VAR}, ${VAR:-default}, or $$ for a dollar sign";

bool is_name(std::string_view name) {
  const auto is_name_char = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::ranges::all_of(name, is_name_char);
}

// The value of what stands between the braces of `${...}`.
Result<std::string_view> value_of(const Environment& environment, std::string_view reference) {
  const auto colon = reference.find(":-");
  const std::string_view name = reference.substr(0, colon);
  if (!is_name(name)) {
    return fail(Errc::invalid, "bad variable reference ${" + std::string(reference) + "}",
                std::string(kForms));
  }
  const auto value = environment.find(name);
  if (colon == std::string_view::npos) {
    if (!value) {
      return fail(Errc::invalid, "variable " + std::string(name) + " is not set",
                  "set it, or write ${" + std::string(name) + ":-default}");
    }
    return *value;
  }
  const std::string_view fallback = reference.substr(colon + 2);
  if (fallback.find("${") != std::string_view::npos) {
    return fail(Errc::invalid, "a variable reference inside the default of ${" + std::string(name) +
                                   ":-...}: nesting is not supported");
  }
  return value && !value->empty() ? *value : fallback;
}

}  // namespace

Environment Environment::of_process() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos && equals > 0) {
      // The first of two entries with one name counts, as for getenv().
      environment.variables_.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return environment;
}

std::optional<std::string_view> Environment::find(std::string_view name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end()) {
    return std::nullopt;
  }
  return found->second;
}

void Environment::set(std::string name, std::string value) {
  variables_.insert_or_assign(std::move(name), std::move(value));
}

void Environment::unset(std::string_view name) {
  if (const auto found = variables_.find(name); found != variables_.end()) {
    variables_.erase(found);
  }
}

Result<std::string> Environment::expand(std::string_view text) const {
  std::string expanded;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    expanded += text.substr(0, dollar);
    if (dollar == std::string_view::npos) {
      break;
    }
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      expanded += '$';
      text.remove_prefix(1);
    } else if (text.starts_with('{')) {
      const auto close = text.find('}');
      if (close == std::string_view::npos) {
        return fail(Errc::invalid, "\"${\" without \"}\"", std::string(kForms));
      }
      VC_TRY(const std::string_view value, value_of(*this, text.substr(1, close - 1)));
      expanded += value;
      text.remove_prefix(close + 1);
    } else {
      expanded += '$';
    }
  }
  return expanded;
}

}  // namespace vc
