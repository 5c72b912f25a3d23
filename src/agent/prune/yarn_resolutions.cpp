#include "agent/prune/yarn_resolutions.hpp"

#include "agent/lockfile/lock_json.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kDefaultProtocol = "npm:";

// Behind the scope, which has a slash and an '@' of its own.
std::size_t find_behind_scope(std::string_view text, char wanted) {
  const std::size_t scope = text.starts_with('@') ? text.find('/') : 0;
  return scope == std::string_view::npos ? scope : text.find(wanted, scope + 1);
}

std::pair<std::string, std::string> name_and_rest(std::string_view text) {
  const std::size_t at = find_behind_scope(text, '@');
  return at == std::string_view::npos
             ? std::pair(std::string(text), std::string())
             : std::pair(std::string(text.substr(0, at)), std::string(text.substr(at + 1)));
}

std::string_view without_protocol(std::string_view range) {
  return range.substr(range.starts_with(kDefaultProtocol) ? kDefaultProtocol.size() : 0);
}

// Older lockfiles leave the protocol out, and so do people.
bool is_same_range(std::string_view a, std::string_view b) {
  return without_protocol(a) == without_protocol(b);
}

YarnResolution parse_resolution(std::string_view pattern, std::string_view instead) {
  YarnResolution resolution{.instead = std::string(instead)};
  const std::size_t slash = find_behind_scope(pattern, '/');
  if (slash != std::string_view::npos) {
    std::tie(resolution.user, resolution.user_reference) = name_and_rest(pattern.substr(0, slash));
    pattern.remove_prefix(slash + 1);
  }
  std::tie(resolution.name, resolution.range) = name_and_rest(pattern);
  return resolution;
}

}  // namespace

Result<YarnResolutions> YarnResolutions::parse(std::string_view manifest) {
  VC_TRY(const boost::json::object root, parse_json_object(manifest, JsonDialect::strict));
  YarnResolutions resolutions;
  const boost::json::object* all = object_in(root, "resolutions");
  if (all != nullptr) {
    for (const auto& [pattern, instead] : *all) {
      if (instead.is_string()) {
        resolutions.all_.push_back(parse_resolution(pattern, instead.get_string()));
      }
    }
  }
  return resolutions;
}

std::optional<std::string_view> YarnResolutions::find(std::string_view user,
                                                      std::string_view reference,
                                                      std::string_view name,
                                                      std::string_view range) const {
  const auto found = std::ranges::find_if(all_, [&](const YarnResolution& one) {
    return one.name == name && (one.range.empty() || is_same_range(one.range, range)) &&
           (one.user.empty() ||
            (one.user == user &&
             (one.user_reference.empty() || is_same_range(one.user_reference, reference))));
  });
  return found == all_.end() ? std::nullopt : std::optional<std::string_view>(found->instead);
}

}  // namespace vc::agent
