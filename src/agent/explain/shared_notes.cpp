#include "agent/explain/shared_notes.hpp"

#include "agent/binary_coding.hpp"
#include "core/zstd.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kSharedMagic = "velocity shared notes 1\n";
constexpr std::string_view kKeyDomain = "velocity-notes";
constexpr std::uint32_t kKeyVersion = 1;

using ShortLength = std::uint32_t;

void encode_address(BinaryEncoder& out, const NotesAddress& address) {
  out.text<ShortLength>(address.project);
  out.text<ShortLength>(address.workspace);
  out.text<ShortLength>(address.commit);
  out.text<ShortLength>(address.task);
}

std::string head_of(const NotesAddress& address) {
  BinaryEncoder out;
  out.out = kSharedMagic;
  encode_address(out, address);
  return std::move(out.out);
}

bool is_of_task(std::string_view label, std::string_view task) {
  return label.size() > task.size() && label.ends_with(task) &&
         label[label.size() - task.size() - 1] == '#';
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Errc::corrupt, std::string(what));
}

Result<std::string> compressed(std::string_view text) {
  std::string out;
  ZstdWriter writer([&](ByteView bytes) -> Result<void> {
    out += as_text(bytes);
    return {};
  });
  VC_CHECK(writer.write(as_bytes(text)));
  VC_CHECK(writer.finish());
  return out;
}

Result<std::string> decompressed(std::string_view packed, std::size_t bytes_max) {
  ZstdReader reader([&](std::span<std::byte> buffer) -> Result<std::size_t> {
    const std::size_t count = std::min(buffer.size(), packed.size());
    std::memcpy(buffer.data(), packed.data(), count);
    packed.remove_prefix(count);
    return count;
  });
  std::string text;
  std::array<std::byte, 64 << 10> piece{};
  for (;;) {
    VC_TRY(const std::size_t count, reader.read(piece));
    if (text.size() + count > bytes_max) {
      return damaged("it is larger than notes may be");
    }
    text += as_text(ByteView(piece).first(count));
    if (count < piece.size()) {
      return text;
    }
  }
}

}  // namespace

Digest notes_key(const NotesAddress& address, unsigned slot) {
  BinaryEncoder out;
  out.text(kKeyDomain);
  out.number(kKeyVersion);
  encode_address(out, address);
  out.number(std::uint32_t{slot});
  return sha256(out.out);
}

bool is_trusted_scope(std::string_view scope) {
  return scope == "default" || scope == "trusted" || scope.starts_with("trusted/");
}

Result<PackedNotes> pack_shared_notes(const NotesAddress& address, std::span<const TaskNotes> notes,
                                      const SharedNotesLimits& limits) {
  std::string text = head_of(address);
  Hasher content;
  for (const TaskNotes& one : notes.first(std::min(notes.size(), limits.notes_max))) {
    const std::string encoded = encode_notes(one);
    if (text.size() + encoded.size() + sizeof(ShortLength) > limits.unpacked_bytes_max) {
      break;
    }
    BinaryEncoder frame;
    frame.text<ShortLength>(encoded);
    text += frame.out;
    BinaryEncoder identity;
    identity.text<ShortLength>(one.label);
    identity.digest(one.key);
    identity.number(static_cast<std::uint8_t>(one.result));
    content.update(identity.out);
  }
  VC_TRY(std::string bytes, compressed(text));
  return PackedNotes{.bytes = std::move(bytes), .content = content.finish()};
}

Result<SharedNotes> SharedNotes::unpack(std::string_view packed, const NotesAddress& address,
                                        const SharedNotesLimits& limits) {
  if (packed.size() > limits.packed_bytes_max) {
    return damaged("it is larger than notes may be");
  }
  VC_TRY(std::string text, decompressed(packed, limits.unpacked_bytes_max));
  return parse(std::move(text), address, limits);
}

Result<SharedNotes> SharedNotes::parse(std::string text, const NotesAddress& address,
                                       const SharedNotesLimits& limits) {
  SharedNotes notes;
  notes.text_ = std::make_unique<std::string>(std::move(text));
  const std::string head = head_of(address);
  if (!notes.text_->starts_with(head)) {
    return damaged("it is not the notes of this task and commit");
  }
  BinaryDecoder in(std::string_view(*notes.text_).substr(head.size()));
  while (in.left() > 0) {
    const std::string_view encoded = in.text<ShortLength>();
    const auto of = head_of_notes(encoded);
    if (in.failed() || !of || !decode_notes(encoded)) {
      return damaged("its notes are damaged");
    }
    if (!is_of_task(of->label, address.task)) {
      return damaged("it has notes of another task");
    }
    if (notes.by_label_.size() == limits.notes_max ||
        !notes.by_label_.emplace(of->label, encoded).second) {
      return damaged("it has more notes than there can be");
    }
  }
  return notes;
}

std::optional<TaskNotes> SharedNotes::find(std::string_view label) const {
  const auto found = by_label_.find(label);
  return found == by_label_.end() ? std::nullopt : decode_notes(found->second);
}

}  // namespace vc::agent
