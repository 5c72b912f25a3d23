#include "agent/archive/manifest_json.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::int64_t kFormatVersion = 1;
// Enough for the manifest of some thirty files without an allocation.
constexpr std::size_t kParseBufferBytes = 16 << 10;
// An array of objects in an object.
constexpr std::size_t kNestingMax = 4;

std::unexpected<Error> bad(std::string_view what) {
  return fail(Errc::corrupt, fmt::format("{}: {}", ".velocity/manifest.json", what));
}

json::object entry_to_json(const OutputEntry& entry) {
  json::object out{{"path", entry.path}};
  switch (entry.kind) {
    case EntryKind::file:
      out.emplace("sha256", entry.digest.hex());
      out.emplace("size", entry.size_bytes);
      if (entry.executable) {
        out.emplace("executable", true);
      }
      break;
    case EntryKind::symlink:
      out.emplace("link", entry.target);
      break;
    case EntryKind::directory:
      out.emplace("directory", true);
      break;
  }
  return out;
}

std::optional<std::string> text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    return std::nullopt;
  }
  return std::string(value->get_string());
}

std::optional<std::uint64_t> number_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->is_uint64()) {
    return value->get_uint64();
  }
  if (value->is_int64() && value->get_int64() >= 0) {
    return static_cast<std::uint64_t>(value->get_int64());
  }
  return std::nullopt;
}

bool true_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::optional<Digest> digest_member(const json::object& object, std::string_view name) {
  const auto text = text_member(object, name);
  if (!text) {
    return std::nullopt;
  }
  const auto digest = Digest::parse(*text);
  return digest ? std::optional(*digest) : std::nullopt;
}

Result<OutputEntry> entry_from_json(const json::value& value) {
  const json::object* object = value.if_object();
  auto path = object == nullptr ? std::nullopt : text_member(*object, "path");
  if (!path) {
    return bad("an output has no path");
  }
  OutputEntry entry{.path = *std::move(path)};
  if (auto target = text_member(*object, "link")) {
    entry.kind = EntryKind::symlink;
    entry.target = *std::move(target);
    return entry;
  }
  if (true_member(*object, "directory")) {
    entry.kind = EntryKind::directory;
    return entry;
  }
  const auto digest = digest_member(*object, "sha256");
  const auto size = number_member(*object, "size");
  if (!digest || !size) {
    return bad("an output has neither link nor sha256 and size");
  }
  entry.digest = *digest;
  entry.size_bytes = *size;
  entry.executable = true_member(*object, "executable");
  return entry;
}

Result<void> read_outputs(const json::object& object, const ArchiveLimits& limits,
                          std::vector<OutputEntry>& outputs) {
  const json::value* list = object.if_contains("outputs");
  if (list == nullptr || !list->is_array()) {
    return bad("no outputs");
  }
  if (list->get_array().size() > limits.entries_max) {
    return bad("too many outputs");
  }
  outputs.reserve(list->get_array().size());
  for (const json::value& item : list->get_array()) {
    VC_TRY(OutputEntry entry, entry_from_json(item));
    outputs.push_back(std::move(entry));
  }
  return {};
}

Result<void> read_provenance(const json::object& object,
                             std::map<std::string, std::string>& provenance) {
  const json::value* members = object.if_contains("provenance");
  if (members == nullptr || !members->is_object()) {
    return bad("no provenance");
  }
  for (const auto& [name, value] : members->get_object()) {
    if (!value.is_string()) {
      return bad("provenance that is not text");
    }
    provenance.emplace(name, value.get_string());
  }
  return {};
}

// What would make JSON that no reader takes, ours included.
Result<void> check_text(const ArtifactManifest& manifest) {
  const bool provenance_is_text = std::ranges::all_of(manifest.provenance, [](const auto& item) {
    return is_utf8(item.first) && is_utf8(item.second);
  });
  if (!provenance_is_text || !is_utf8(manifest.label)) {
    return fail(Errc::invalid, "label or provenance is not UTF-8");
  }
  if (manifest.exit_status < 0 || manifest.exit_status > UINT8_MAX) {
    return fail(Errc::invalid, fmt::format("no exit status: {}", manifest.exit_status));
  }
  return {};
}

Result<void> check_entry(const OutputEntry& entry, const ArchiveLimits& limits) {
  VC_CHECK(check_output_path(entry.path, limits.path_bytes_max));
  if (entry.kind == EntryKind::symlink &&
      !(link_stays_inside(entry.path, entry.target) && is_utf8(entry.target))) {
    return fail(Errc::invalid, fmt::format("output {}: the link leaves the package (to {})",
                                           printable(entry.path), printable(entry.target)));
  }
  return {};
}

// Whether one of the outputs is a directory above `path`.
bool lies_below_an_output(const std::vector<OutputEntry>& outputs, std::string_view path) {
  for (auto parent = parent_of_path(path); !parent.empty(); parent = parent_of_path(parent)) {
    if (std::ranges::binary_search(outputs, parent, std::less<>{}, &OutputEntry::path)) {
      return true;
    }
  }
  return false;
}

Result<void> check_tree(const std::vector<OutputEntry>& outputs) {
  std::string_view previous;
  for (const OutputEntry& entry : outputs) {
    if (!previous.empty() && entry.path <= previous) {
      return fail(Errc::invalid,
                  fmt::format("output {} is listed twice or not in order", printable(entry.path)));
    }
    const bool same_parent =
        !previous.empty() && parent_of_path(previous) == parent_of_path(entry.path);
    if (!same_parent && lies_below_an_output(outputs, entry.path)) {
      return fail(Errc::invalid,
                  fmt::format("output {} lies below another output that is no parent",
                              printable(entry.path)));
    }
    previous = entry.path;
  }
  return {};
}

}  // namespace

Result<void> check_manifest(const ArtifactManifest& manifest, const ArchiveLimits& limits) {
  VC_CHECK(check_text(manifest));
  if (manifest.outputs.size() > limits.entries_max) {
    return fail(Errc::too_large, fmt::format("{} outputs, more than {}", manifest.outputs.size(),
                                             limits.entries_max));
  }
  std::uint64_t bytes_left = limits.unpacked_bytes_max;
  for (const OutputEntry& entry : manifest.outputs) {
    VC_CHECK(check_entry(entry, limits));
    if (entry.size_bytes > bytes_left) {
      return fail(Errc::too_large,
                  fmt::format("the outputs have more than {} bytes", limits.unpacked_bytes_max));
    }
    bytes_left -= entry.size_bytes;
  }
  return check_tree(manifest.outputs);
}

Digest outputs_digest(std::span<const OutputEntry> outputs) {
  Hasher hasher;
  for (const OutputEntry& entry : outputs) {
    hasher.update(json::serialize(entry_to_json(entry)));  // Delimits itself.
  }
  return hasher.finish();
}

std::string manifest_to_json(const ArtifactManifest& manifest) {
  json::array outputs;
  outputs.reserve(manifest.outputs.size());
  for (const OutputEntry& entry : manifest.outputs) {
    outputs.push_back(entry_to_json(entry));
  }
  json::object provenance;
  for (const auto& [name, value] : manifest.provenance) {
    provenance.emplace(name, value);
  }
  // Members in this order, whatever it is: the same manifest must give the same bytes.
  json::object out{{"format", kFormatVersion},
                   {"fingerprint_version", manifest.fingerprint_version},
                   {"key", manifest.key.hex()},
                   {"label", manifest.label},
                   {"duration_ms", manifest.duration_ms},
                   {"exit_status", manifest.exit_status}};
  out.emplace("provenance", std::move(provenance));
  out.emplace("outputs", std::move(outputs));
  return json::serialize(out);
}

Result<ArtifactManifest> manifest_from_json(std::string_view text, const ArchiveLimits& limits) {
  std::array<unsigned char, kParseBufferBytes> buffer;
  json::monotonic_resource memory(buffer.data(), buffer.size());
  json::parse_options options;
  options.max_depth = kNestingMax;
  json::error_code error;
  const json::value root = json::parse(text, error, &memory, options);
  const json::object* object = error ? nullptr : root.if_object();
  if (object == nullptr) {
    return bad("not a JSON object");
  }
  if (number_member(*object, "format") != kFormatVersion) {
    return bad("a format of another version");
  }
  const auto fingerprint_version = number_member(*object, "fingerprint_version");
  const auto key = digest_member(*object, "key");
  auto label = text_member(*object, "label");
  const auto duration_ms = number_member(*object, "duration_ms");
  const auto exit_status = number_member(*object, "exit_status");
  if (!fingerprint_version || *fingerprint_version > UINT32_MAX || !key || !label || !duration_ms ||
      !exit_status || *exit_status > UINT8_MAX) {
    return bad("a member is missing or has the wrong type");
  }
  ArtifactManifest manifest{.fingerprint_version = static_cast<std::uint32_t>(*fingerprint_version),
                            .key = *key,
                            .label = *std::move(label),
                            .duration_ms = *duration_ms,
                            .exit_status = static_cast<int>(*exit_status)};
  VC_CHECK(read_provenance(*object, manifest.provenance));
  VC_CHECK(read_outputs(*object, limits, manifest.outputs));
  if (auto checked = check_manifest(manifest, limits); !checked) {
    return bad(checked.error().message);
  }
  return manifest;
}

}  // namespace vc::agent
