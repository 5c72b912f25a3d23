#include "storage/examination.hpp"

#include <fmt/format.h>

namespace vc::storage {

namespace {

Finding first_write(const StoreTraits& traits) {
  const std::string text =
      fmt::format("conditional writes are {} by this store", to_text(traits.condition));
  if (traits.condition == Condition::enforced) {
    return {.subject = "first write", .text = text + ": the first artifact of a key stays"};
  }
  return {.verdict = Verdict::doubtful,
          .subject = "first write",
          .text = text + ": racing uploads can overwrite each other",
          .hint = "use a store that enforces them"};
}

Finding checksum(const StoreTraits& traits) {
  if (traits.enforces_sha256 || traits.enforces_md5) {
    return {.subject = "checksum",
            .text = fmt::format("the store refuses bytes without the announced {}",
                                traits.enforces_sha256 ? "SHA-256" : "MD5")};
  }
  return {.verdict = Verdict::doubtful,
          .subject = "checksum",
          .text = "the store compares no checksum: damage in transfer is found by who downloads"};
}

Finding clock(const StoreTraits& traits) {
  const auto ahead = traits.clock_ahead;
  if (std::chrono::abs(ahead) <= kClockSkewMax) {
    return {.subject = "clock", .text = "the clocks of the store and of this machine agree"};
  }
  return {
      .verdict = Verdict::doubtful,
      .subject = "clock",
      .text = fmt::format("the store's clock is {} s {} of this machine's",
                          std::chrono::abs(ahead).count(), ahead.count() > 0 ? "ahead" : "behind"),
      .hint = "synchronise this machine's clock; signed URLs depend on it"};
}

Finding retention(Driver& driver) {
  const auto days = driver.retention();
  if (!days) {
    return {.verdict = Verdict::doubtful,
            .subject = "retention",
            .text = "it is not known how long artifacts stay: " + days.error().message,
            .hint = days.error().hint};
  }
  const std::optional<std::chrono::days>& limit = *days;
  if (!limit) {
    return {.verdict = Verdict::doubtful,
            .subject = "retention",
            .text = "nothing removes old artifacts: the store grows for ever",
            .hint = "add a lifecycle rule; docs/stores.md has one"};
  }
  return {.subject = "retention",
          .text = fmt::format("artifacts are removed after {} days", limit->count())};
}

}  // namespace

std::vector<Finding> examine(Driver& driver) {
  driver.wait_for_first_probe();
  if (const auto usable = driver.check(); !usable) {
    return {{.verdict = Verdict::bad,
             .subject = "store",
             .text = usable.error().message,
             .hint = usable.error().hint}};
  }
  std::vector<Finding> findings = {
      {.subject = "store", .text = fmt::format("{} answers, reads and writes", driver.name())}};
  if (const auto traits = driver.traits()) {
    findings.push_back(first_write(*traits));
    findings.push_back(checksum(*traits));
    findings.push_back(clock(*traits));
  }
  findings.push_back(retention(driver));
  return findings;
}

}  // namespace vc::storage
