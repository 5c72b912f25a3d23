#include "agent/commands/arguments.hpp"

#include "agent/executor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace vc::agent {

namespace {

Result<TierAccess> parse_access(std::string_view text) {
  if (text == "r") {
    return TierAccess::read;
  }
  if (text == "w") {
    return TierAccess::write;
  }
  if (text == "rw" || text == "wr") {
    return TierAccess::read_write;
  }
  return fail(Errc::invalid, fmt::format("\"{}\" is no access: use r, w or rw", text));
}

}  // namespace

Result<void> parse_cache_access(std::string_view text, SelectionArguments& into) {
  TierAccess local = TierAccess::none;
  TierAccess remote = TierAccess::none;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t colon = item.find(':');
    if (colon == std::string_view::npos) {
      return fail(Errc::invalid, fmt::format("\"{}\" has no access: write {}:rw", item, item));
    }
    const std::string_view tier = item.substr(0, colon);
    if (tier != "local" && tier != "remote") {
      return fail(Errc::invalid, fmt::format("\"{}\" is no cache: use local or remote", tier));
    }
    VC_TRY((tier == "local" ? local : remote), parse_access(item.substr(colon + 1)));
  }
  into.local = local;
  into.remote = remote;
  return {};
}

Result<FailurePolicy> parse_failure_policy(std::string_view text) {
  if (text == "never") {
    return FailurePolicy::stop;
  }
  if (text == "dependencies-successful") {
    return FailurePolicy::keep_going;
  }
  if (text == "always") {
    return FailurePolicy::always;
  }
  return fail(Errc::invalid,
              fmt::format("--continue={}: use never, dependencies-successful or always", text));
}

Result<unsigned> parse_concurrency(std::string_view text, unsigned processors) {
  const bool is_share = text.ends_with('%');
  const std::string_view digits = is_share ? text.substr(0, text.size() - 1) : text;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number == 0 ||
      number > 10'000) {
    return fail(Errc::invalid, fmt::format("\"{}\" is no number of tasks: write 8 or 50%", text));
  }
  return std::clamp(is_share ? processors * number / 100 : number, 1U, kConcurrencyMax);
}

}  // namespace vc::agent
