#include "agent/archive/tar_format.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vc::agent {

namespace {

struct Field {
  std::size_t offset;
  std::size_t bytes;
};

constexpr Field kName{.offset = 0, .bytes = 100};
constexpr Field kMode{.offset = 100, .bytes = 8};
constexpr Field kUid{.offset = 108, .bytes = 8};
constexpr Field kGid{.offset = 116, .bytes = 8};
constexpr Field kSize{.offset = 124, .bytes = 12};
constexpr Field kMtime{.offset = 136, .bytes = 12};
constexpr Field kChecksum{.offset = 148, .bytes = 8};
constexpr std::size_t kTypeOffset = 156;
constexpr Field kLinkName{.offset = 157, .bytes = 100};
constexpr Field kMagicAndVersion{.offset = 257, .bytes = 8};
constexpr Field kDeviceMajor{.offset = 329, .bytes = 8};
constexpr Field kDeviceMinor{.offset = 337, .bytes = 8};

constexpr char kTypeFile = '0';
constexpr char kTypeSymlink = '2';
constexpr char kTypeDirectory = '5';
constexpr char kTypePax = 'x';

constexpr std::uint64_t kUstarSizeMax = 077777777777;  // 8 GiB - 1
// 1980-01-01: the first moment a zip can say too, and late enough that no tool calls it
// implausible.
constexpr std::uint64_t kNormalTime = 315532800;
constexpr std::string_view kPaxMember = "././@PaxHeader";

class HeaderBlock {
 public:
  void text(Field field, std::string_view value) { value.copy(block_ + field.offset, field.bytes); }

  void octal(Field field, std::uint64_t value) {
    for (std::size_t digit = field.bytes - 1; digit-- > 0; value >>= 3) {
      block_[field.offset + digit] = static_cast<char>('0' + (value & 7));
    }
    VC_ASSERT(value == 0);
  }

  void type(char flag) { block_[kTypeOffset] = flag; }

  void append_to(std::string& out) {
    std::fill_n(block_ + kChecksum.offset, kChecksum.bytes, ' ');
    unsigned sum = 0;
    for (const char c : block_) {
      sum += static_cast<unsigned char>(c);
    }
    // Six digits, NUL, space: the historical form, which every reader knows.
    octal({.offset = kChecksum.offset, .bytes = 7}, sum);
    block_[kChecksum.offset + 6] = '\0';
    out.append(block_, kTarBlockBytes);
  }

 private:
  char block_[kTarBlockBytes] = {};
};

void append_block(std::string& out, const TarMember& member, char type) {
  HeaderBlock block;
  block.text(kName, member.path);
  block.octal(kMode, member.executable || type == kTypeDirectory ? 0755 : 0644);
  block.octal(kUid, 0);
  block.octal(kGid, 0);
  block.octal(kSize, std::min(member.size_bytes, kUstarSizeMax));
  block.octal(kMtime, kNormalTime);
  block.type(type);
  block.text(kLinkName, member.target);
  block.text(kMagicAndVersion, std::string_view("ustar\00000", 8));
  block.octal(kDeviceMajor, 0);
  block.octal(kDeviceMinor, 0);
  block.append_to(out);
}

// "<length> <key>=<value>\n", where the length counts its own digits too.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;  // Space, '=', newline.
  std::size_t length = rest;
  while (length != rest + fmt::formatted_size("{}", length)) {
    length = rest + fmt::formatted_size("{}", length);
  }
  return fmt::format("{} {}={}\n", length, key, value);
}

std::string pax_records(const TarMember& member) {
  std::string records;
  if (member.path.size() > kName.bytes) {
    records += pax_record("path", member.path);
  }
  if (member.target.size() > kLinkName.bytes) {
    records += pax_record("linkpath", member.target);
  }
  if (member.size_bytes > kUstarSizeMax) {
    records += pax_record("size", fmt::format("{}", member.size_bytes));
  }
  return records;
}

}  // namespace

void append_tar_header(std::string& out, const TarMember& member) {
  TarMember written = member;
  std::string directory_path;
  if (member.kind == EntryKind::directory) {
    directory_path.append(member.path).push_back('/');
    written.path = directory_path;
  }
  if (const std::string records = pax_records(written); !records.empty()) {
    append_block(out, {.path = kPaxMember, .size_bytes = records.size(), .target = {}}, kTypePax);
    out += records;
    out.append(tar_padding(records.size()), '\0');
  }
  const char type = member.kind == EntryKind::file      ? kTypeFile
                    : member.kind == EntryKind::symlink ? kTypeSymlink
                                                        : kTypeDirectory;
  append_block(out, written, type);
}

Result<std::uint64_t> stated_size(std::string_view header_block) {
  VC_ASSERT(header_block.size() == kTarBlockBytes);
  const std::string_view field = header_block.substr(kSize.offset, kSize.bytes);
  std::uint64_t size = 0;
  for (const char c : field.substr(0, kSize.bytes - 1)) {
    if (c < '0' || c > '7') {
      return fail(Errc::corrupt, "a tar header states no size");
    }
    size = (size << 3) | static_cast<std::uint64_t>(c - '0');
  }
  return size;  // The byte after the digits is checked when the whole block is compared.
}

}  // namespace vc::agent
