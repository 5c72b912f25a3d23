// StoreTraits: what a store really does, as seen by the start-up probe; documentation is no proof.
#pragma once

#include <chrono>
#include <string_view>

namespace vc::storage {

// What becomes of a signed `If-None-Match: *` on an object that exists.
enum class Condition {
  enforced,  // 412, and the object stays.
  refused,   // 501, even where nothing is in the way.
  ignored,   // The object is overwritten, always or when several write at once.
  unknown,   // Not asked: VC_S3_CONDITIONAL=off.
};

// VC_S3_CONDITIONAL: what to do with a store that does not enforce it.
enum class ConditionPolicy {
  require,    // Vend no upload tickets.
  automatic,  // Look first, then write; writers at the same time can overwrite each other.
  never,      // The same without asking.
};

// More than this and signatures begin to be refused on one side or expire early on the other.
inline constexpr std::chrono::seconds kClockSkewMax{60};

struct StoreTraits {
  Condition condition = Condition::unknown;
  bool enforces_sha256 = false;         // x-amz-checksum-sha256 as a signed header.
  bool enforces_md5 = false;            // Content-MD5.
  std::chrono::seconds clock_ahead{0};  // The store's clock against ours.
};

constexpr std::string_view to_text(Condition condition) {
  switch (condition) {
    case Condition::enforced:
      return "enforced";
    case Condition::refused:
      return "refused";
    case Condition::ignored:
      return "ignored";
    case Condition::unknown:
      break;
  }
  return "unknown";
}

}  // namespace vc::storage
