#include "agent/fingerprint/index_table.hpp"

#include <bit>
#include <cstddef>
#include <cstring>
#include <functional>
#include <limits>

namespace vc::agent {

namespace {

constexpr std::array<char, 8> kMagic{'V', 'C', 'F', 'I', 'L', 'E', 'S', '\n'};
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kByteOrder = 0x01020304;
constexpr std::size_t kPathBytesMax = std::numeric_limits<std::uint32_t>::max() / 2;
constexpr std::uint32_t kSlotsMin = 16;
// Paths that were chosen to collide would make every search walk over all of them. Past this many
// steps a path is not stored, and so only read again.
constexpr std::uint32_t kProbesMax = 128;

// Need not be the same in every build: with another function an old table is full of absent paths.
std::uint64_t hash_of(std::string_view bytes) {
  return std::hash<std::string_view>{}(bytes);
}

template <class T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::uint64_t check_of(const IndexHeader& header) {
  return hash_of(bytes_of(header).substr(0, offsetof(IndexHeader, check)));
}

// Against torn pages and flipped bits. Who can write the index on purpose can write the sources.
std::uint64_t check_of(const IndexRecord& record, std::string_view path) {
  return hash_of(bytes_of(record).substr(sizeof record.check)) ^ std::rotl(hash_of(path), 1);
}

std::uint32_t slots_for(std::size_t records) {
  return std::max(kSlotsMin, static_cast<std::uint32_t>(std::bit_ceil(records * 2)));
}

}  // namespace

FileStamp IndexRecord::stamp() const {
  return {.size = size, .mtime_ns = mtime_ns, .ctime_ns = ctime_ns, .inode = inode, .mode = mode};
}

std::optional<IndexTable> IndexTable::open(std::string_view bytes) {
  IndexHeader header{};
  if (bytes.size() < sizeof header) {
    return std::nullopt;
  }
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kMagic || header.version != kVersion || header.byte_order != kByteOrder ||
      header.check != check_of(header) || header.file_bytes != bytes.size() ||
      !std::has_single_bit(header.slot_count) || header.slot_count < kSlotsMin ||
      header.record_count > kIndexEntriesMax || header.path_bytes > kPathBytesMax) {
    return std::nullopt;
  }
  const std::uint64_t slot_bytes = std::uint64_t{header.slot_count} * sizeof(std::uint32_t);
  const std::uint64_t record_bytes = std::uint64_t{header.record_count} * sizeof(IndexRecord);
  if (sizeof header + slot_bytes + record_bytes + header.path_bytes != bytes.size()) {
    return std::nullopt;
  }
  const char* const slots = bytes.data() + sizeof header;
  IndexTable table;
  table.slots_ = {reinterpret_cast<const std::uint32_t*>(slots), header.slot_count};
  table.records_ = {reinterpret_cast<const IndexRecord*>(slots + slot_bytes), header.record_count};
  table.paths_ = {slots + slot_bytes + record_bytes, header.path_bytes};
  return table;
}

std::optional<std::string_view> IndexTable::path_of(const IndexRecord& record) const {
  if (std::uint64_t{record.path_offset} + record.path_bytes > paths_.size()) {
    return std::nullopt;
  }
  return paths_.substr(record.path_offset, record.path_bytes);
}

std::optional<std::uint32_t> IndexTable::find(std::string_view path) const {
  if (slots_.empty()) {
    return std::nullopt;
  }
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(path) & mask;
  for (std::uint32_t probe = 0; probe < kProbesMax; ++probe, slot = (slot + 1) & mask) {
    const std::uint32_t number = slots_[slot];
    if (number == 0 || number > records_.size()) {
      return std::nullopt;
    }
    const IndexRecord& record = records_[number - 1];
    if (record.path_bytes == path.size() && path_of(record) == path) {
      return record.check == check_of(record, path) ? std::optional(number - 1) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> IndexTable::path(std::uint32_t number) const {
  const IndexRecord& record = records_[number];
  const auto path = path_of(record);
  return path && record.check == check_of(record, *path) ? path : std::nullopt;
}

bool IndexTableBuilder::add(std::string_view path, const FileStamp& stamp, const Digest& digest,
                            std::uint32_t last_used_day) {
  if (records_.size() == kIndexEntriesMax || paths_.size() + path.size() > kPathBytesMax) {
    return false;
  }
  IndexRecord record{.check = 0,
                     .size = stamp.size,
                     .mtime_ns = stamp.mtime_ns,
                     .ctime_ns = stamp.ctime_ns,
                     .inode = stamp.inode,
                     .mode = stamp.mode,
                     .last_used_day = last_used_day,
                     .path_offset = static_cast<std::uint32_t>(paths_.size()),
                     .path_bytes = static_cast<std::uint32_t>(path.size()),
                     .digest = digest.bytes()};
  record.check = check_of(record, path);
  records_.push_back(record);
  paths_ += path;
  return true;
}

std::string IndexTableBuilder::finish() const {
  std::vector<std::uint32_t> slots(slots_for(records_.size()), 0);
  const std::size_t mask = slots.size() - 1;
  for (std::uint32_t number = 0; number < records_.size(); ++number) {
    const IndexRecord& record = records_[number];
    std::size_t slot =
        hash_of(std::string_view(paths_).substr(record.path_offset, record.path_bytes)) & mask;
    for (std::uint32_t probe = 0; probe < kProbesMax; ++probe, slot = (slot + 1) & mask) {
      if (slots[slot] == 0) {
        slots[slot] = number + 1;
        break;
      }
    }
  }
  IndexHeader header{.magic = kMagic,
                     .version = kVersion,
                     .byte_order = kByteOrder,
                     .file_bytes = 0,
                     .path_bytes = paths_.size(),
                     .slot_count = static_cast<std::uint32_t>(slots.size()),
                     .record_count = static_cast<std::uint32_t>(records_.size()),
                     .check = 0};
  const std::string_view slot_bytes{reinterpret_cast<const char*>(slots.data()),
                                    slots.size() * sizeof(std::uint32_t)};
  const std::string_view record_bytes{reinterpret_cast<const char*>(records_.data()),
                                      records_.size() * sizeof(IndexRecord)};
  header.file_bytes = sizeof header + slot_bytes.size() + record_bytes.size() + paths_.size();
  header.check = check_of(header);
  std::string bytes;
  bytes.reserve(header.file_bytes);
  bytes += bytes_of(header);
  bytes += slot_bytes;
  bytes += record_bytes;
  bytes += paths_;
  return bytes;
}

}  // namespace vc::agent
