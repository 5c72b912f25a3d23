// IndexTable: the file format of the FileIndex: a hash table that is used where it lies, in the
// mapped file.
//
//   IndexHeader | slots: u32[slot_count], 0 or record number + 1 | IndexRecord[record_count] |
//   paths
//
// Open addressing with linear probing. In the machine's own byte order: the file never travels.
// Each record carries a checksum over itself and its path, looked at when the record is used, so
// that opening a table costs the same whatever its size.
#pragma once

#include "agent/file_index.hpp"
#include "core/digest.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct IndexHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t byte_order;
  std::uint64_t file_bytes;
  std::uint64_t path_bytes;
  std::uint32_t slot_count;  // A power of two.
  std::uint32_t record_count;
  std::uint64_t check;  // Of all of the above.
};

struct IndexRecord {
  std::uint64_t check;  // Of what follows and the path.
  std::uint64_t size;
  std::int64_t mtime_ns;
  std::int64_t ctime_ns;
  std::uint64_t inode;
  std::uint32_t mode;
  std::uint32_t last_used_day;  // Since 1970-01-01.
  std::uint32_t path_offset;
  std::uint32_t path_bytes;
  std::array<std::byte, Digest::kSize> digest;

  FileStamp stamp() const;
};

static_assert(sizeof(IndexHeader) == 48 && sizeof(IndexRecord) == 88);

class IndexTable {
 public:
  IndexTable() = default;  // Empty.

  // A view of `bytes`, which must stay and be aligned to 8; nullopt when they are no whole table.
  static std::optional<IndexTable> open(std::string_view bytes);

  std::uint32_t size() const { return static_cast<std::uint32_t>(records_.size()); }

  // The number of the record for `path`, unless that is damaged.
  std::optional<std::uint32_t> find(std::string_view path) const;

  const IndexRecord& record(std::uint32_t number) const { return records_[number]; }

  // nullopt when the record is damaged.
  std::optional<std::string_view> path(std::uint32_t number) const;

 private:
  std::optional<std::string_view> path_of(const IndexRecord& record) const;

  std::span<const std::uint32_t> slots_;
  std::span<const IndexRecord> records_;
  std::string_view paths_;
};

// Collects entries with distinct paths, then lays them out.
class IndexTableBuilder {
 public:
  // false when the table is full.
  bool add(std::string_view path, const FileStamp& stamp, const Digest& digest,
           std::uint32_t last_used_day);
  std::string finish() const;

 private:
  std::vector<IndexRecord> records_;
  std::string paths_;
};

}  // namespace vc::agent
