// Notes of earlier runs from strangers: nothing crashes, what is read is what would be written, and
// two of them can be compared and told.
#include "agent/explain/cause.hpp"
#include "core/assert.hpp"

#include <cstdint>

namespace {

using namespace vc::agent;

void tell(const TaskNotes& before, const TaskNotes& now) {
  const auto lookup = [&](std::string_view label, const vc::Digest& key) {
    const TaskNotes& found = key == before.key ? before : now;
    return found.label == label ? std::optional(found) : std::nullopt;
  };
  if (const auto cause = root_cause(before, now, lookup)) {
    VC_ASSERT(!sentence(*cause).empty() && !short_reason(*cause).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(head_of_notes(text));
  const auto notes = decode_notes(text);
  if (notes) {
    VC_ASSERT(decode_notes(encode_notes(*notes))->ingredients == notes->ingredients);
    tell(TaskNotes{.label = notes->label}, *notes);
  }
  const auto first = decode_notes(text.substr(0, size / 2));
  const auto second = decode_notes(text.substr(size / 2));
  if (first && second) {
    tell(*first, *second);
  }
  return 0;
}
