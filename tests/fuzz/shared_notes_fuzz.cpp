// Shared notes from strangers: nothing crashes, whether they are in their frame or not, and what is
// accepted is whole.
#include "agent/explain/shared_notes.hpp"
#include "core/assert.hpp"

#include <cstdint>

namespace {

using namespace vc::agent;

const NotesAddress kAddress{
    .project = "p", .workspace = "", .commit = std::string(40, '0'), .task = "b"};

constexpr SharedNotesLimits kLimits{
    .unpacked_bytes_max = 1 << 20, .packed_bytes_max = 1 << 20, .notes_max = 100};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(SharedNotes::unpack(bytes, kAddress, kLimits));
  if (const auto notes = SharedNotes::parse(std::string(bytes), kAddress, kLimits)) {
    VC_ASSERT(notes->size() <= kLimits.notes_max);
    VC_ASSERT(!notes->find("no such task").has_value());
    const auto found = notes->find("a#b");
    VC_ASSERT(!found || found->label == "a#b");
  }
  return 0;
}
