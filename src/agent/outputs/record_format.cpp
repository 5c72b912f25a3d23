#include "agent/outputs/record_format.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace vc::agent {

namespace {

constexpr std::string_view kMagic = "velocity output record 1\n";
// The least an entry takes; bounds what a damaged count can make us reserve.
constexpr std::size_t kEntryBytesMin = 90;

class Encoder {
 public:
  template <class Number>
  void number(Number value) {
    auto left = static_cast<std::make_unsigned_t<Number>>(value);
    for (std::size_t i = 0; i < sizeof value; ++i) {
      out.push_back(static_cast<char>(left & 0xFF));
      left = static_cast<decltype(left)>(left >> 7 >> 1);
    }
  }

  void text(std::string_view value) {
    number(std::uint64_t{value.size()});
    out += value;
  }

  void digest(const Digest& value) { out += as_text(value.bytes()); }

  std::string out;
};

// Every read past the end makes it fail for good.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }

  std::size_t left() const { return rest_.size(); }

  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  template <class Number>
  Number number() {
    std::make_unsigned_t<Number> value = 0;
    const std::string_view bytes = take(sizeof value);
    for (std::size_t i = bytes.size(); i-- > 0;) {
      value = static_cast<decltype(value)>((value << 7 << 1) | static_cast<std::uint8_t>(bytes[i]));
    }
    return static_cast<Number>(value);
  }

  std::string text() { return std::string(take(number<std::uint64_t>())); }

  Digest digest() {
    std::array<std::byte, Digest::kSize> bytes{};
    std::ranges::copy(as_bytes(take(bytes.size())), bytes.begin());
    return Digest(bytes);
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

void encode_entry(Encoder& out, const OutputEntry& entry, const FileStamp& stamp) {
  out.text(entry.path);
  out.number(static_cast<std::uint8_t>(entry.kind));
  out.number(static_cast<std::uint8_t>(entry.executable ? 1 : 0));
  out.number(entry.size_bytes);
  out.digest(entry.digest);
  out.text(entry.target);
  out.number(stamp.size);
  out.number(stamp.mtime_ns);
  out.number(stamp.ctime_ns);
  out.number(stamp.inode);
  out.number(stamp.mode);
}

void decode_entry(Decoder& in, OutputEntry& entry, FileStamp& stamp) {
  entry.path = in.text();
  entry.kind = static_cast<EntryKind>(in.number<std::uint8_t>());
  entry.executable = in.number<std::uint8_t>() != 0;
  entry.size_bytes = in.number<std::uint64_t>();
  entry.digest = in.digest();
  entry.target = in.text();
  stamp.size = in.number<std::uint64_t>();
  stamp.mtime_ns = in.number<std::int64_t>();
  stamp.ctime_ns = in.number<std::int64_t>();
  stamp.inode = in.number<std::uint64_t>();
  stamp.mode = in.number<std::uint32_t>();
}

}  // namespace

std::string encode_record(const OutputRecord& record) {
  VC_ASSERT(record.stamps.size() == record.entries.size());
  Encoder out;
  out.out = kMagic;
  out.digest(record.key);
  out.number(record.duration_ms);
  out.text(record.log);
  out.number(std::uint64_t{record.entries.size()});
  for (std::size_t i = 0; i < record.entries.size(); ++i) {
    encode_entry(out, record.entries[i], record.stamps[i]);
  }
  out.digest(sha256(out.out));
  return std::move(out.out);
}

std::optional<OutputRecord> decode_record(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + Digest::kSize) {
    return std::nullopt;
  }
  const std::string_view body = bytes.substr(0, bytes.size() - Digest::kSize);
  if (as_text(sha256(body).bytes()) != bytes.substr(body.size())) {
    return std::nullopt;
  }
  Decoder in(body.substr(kMagic.size()));
  OutputRecord record;
  record.key = in.digest();
  record.duration_ms = in.number<std::uint64_t>();
  record.log = in.text();
  const auto count = in.number<std::uint64_t>();
  if (count > in.left() / kEntryBytesMin) {
    return std::nullopt;
  }
  record.entries.resize(count);
  record.stamps.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    decode_entry(in, record.entries[i], record.stamps[i]);
  }
  if (in.failed() || in.left() != 0) {
    return std::nullopt;
  }
  return record;
}

}  // namespace vc::agent
