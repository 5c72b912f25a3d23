#include "agent/outputs/record_format.hpp"

#include "agent/binary_coding.hpp"
#include "core/assert.hpp"

namespace vc::agent {

namespace {

constexpr std::string_view kMagic = "velocity output record 1\n";
// The least an entry takes; bounds what a damaged count can make us reserve.
constexpr std::size_t kEntryBytesMin = 90;

void encode_entry(BinaryEncoder& out, const OutputEntry& entry, const FileStamp& stamp) {
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

void decode_entry(BinaryDecoder& in, OutputEntry& entry, FileStamp& stamp) {
  entry.path = std::string(in.text());
  entry.kind = static_cast<EntryKind>(in.number<std::uint8_t>());
  entry.executable = in.number<std::uint8_t>() != 0;
  entry.size_bytes = in.number<std::uint64_t>();
  entry.digest = in.digest();
  entry.target = std::string(in.text());
  stamp.size = in.number<std::uint64_t>();
  stamp.mtime_ns = in.number<std::int64_t>();
  stamp.ctime_ns = in.number<std::int64_t>();
  stamp.inode = in.number<std::uint64_t>();
  stamp.mode = in.number<std::uint32_t>();
}

}  // namespace

std::string encode_record(const OutputRecord& record) {
  VC_ASSERT(record.stamps.size() == record.entries.size());
  BinaryEncoder out;
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
  BinaryDecoder in(body.substr(kMagic.size()));
  OutputRecord record;
  record.key = in.digest();
  record.duration_ms = in.number<std::uint64_t>();
  record.log = std::string(in.text());
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
