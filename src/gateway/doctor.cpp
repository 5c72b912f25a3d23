#include "gateway/doctor.hpp"

#include "core/files.hpp"
#include "storage/make_driver.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vc::gateway {

namespace {

using storage::Finding;
using storage::Verdict;

constexpr std::string_view word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "ok";
    case Verdict::doubtful:
      return "warning";
    case Verdict::bad:
      break;
  }
  return "FAILED";
}

Finding seal_key_finding(const Config& config, const storage::Driver& driver) {
  if (config.seal_key_file.empty() && !driver.seal_key()) {
    return {.verdict = Verdict::bad,
            .subject = "seal key",
            .text = "this storage driver keeps no seal key",
            .hint = "set VC_SEAL_KEY_FILE to the same key on every gateway"};
  }
  if (!config.seal_key_file.empty() && !fs::exists(config.seal_key_file)) {
    return {.verdict = Verdict::doubtful,
            .subject = "seal key",
            .text = config.seal_key_file.string() + " will be made at the first start",
            .hint = "every gateway needs the same key: copy it to the others"};
  }
  return {.subject = "seal key", .text = "there"};
}

}  // namespace

std::vector<Finding> examine(const Config& config, const Clock& clock) {
  std::vector<Finding> findings;
  findings.reserve(config.warnings.size());
  for (const std::string& warning : config.warnings) {
    findings.push_back({.verdict = Verdict::doubtful, .subject = "configuration", .text = warning});
  }
  NullLog log;  // What the driver would log is said here.
  const auto driver = storage::make_driver(config.storage, clock, log);
  if (!driver) {
    findings.push_back({.verdict = Verdict::bad,
                        .subject = "store",
                        .text = driver.error().message,
                        .hint = driver.error().hint});
    return findings;
  }
  std::ranges::move(storage::examine(**driver), std::back_inserter(findings));
  findings.push_back(seal_key_finding(config, **driver));
  return findings;
}

std::string to_text(std::span<const Finding> findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text +=
        fmt::format("{:<8} {:<14} {}\n", word_for(finding.verdict), finding.subject, finding.text);
    if (!finding.hint.empty()) {
      text += fmt::format("{:23}  help: {}\n", "", finding.hint);
    }
  }
  return text;
}

bool is_usable(std::span<const Finding> findings) {
  return std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.verdict == Verdict::bad; });
}

}  // namespace vc::gateway
