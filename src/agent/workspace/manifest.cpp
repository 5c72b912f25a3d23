#include "agent/workspace/manifest.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/source_text.hpp"
#include "core/text.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::size_t kNestingMax = 64;
constexpr std::size_t kScratchBytes = 16 << 10;  // Holds the tree of nearly every manifest.

struct DependencyKey {
  std::string_view name;
  DependencyKind kind;
};

constexpr std::array kDependencyKeys{
    DependencyKey{.name = "dependencies", .kind = DependencyKind::ordinary},
    DependencyKey{.name = "devDependencies", .kind = DependencyKind::ordinary},
    DependencyKey{.name = "peerDependencies", .kind = DependencyKind::peer},
    DependencyKey{.name = "optionalDependencies", .kind = DependencyKind::optional},
};

// Where `"key"` first stands: the tree of values has no positions.
SourcePosition position_of(const SourceText& source, std::string_view key) {
  const std::string quoted = fmt::format("\"{}\"", key);
  const std::size_t offset = source.text().find(quoted);
  return offset == std::string_view::npos ? source.at_offset(0)
                                          : source.at_offset(offset, quoted.size());
}

class ManifestReader {
 public:
  ManifestReader(const SourceText& source, const json::object& root)
      : source_(source), root_(root) {}

  std::expected<Manifest, Diagnostic> read() {
    manifest_.name = text("name");
    manifest_.version = text("version");
    manifest_.package_manager = text("packageManager");
    manifest_.package_manager.resize(
        std::min(manifest_.package_manager.find('@'), manifest_.package_manager.size()));
    read_scripts();
    for (const auto& [key, kind] : kDependencyKeys) {
      read_dependencies(key, kind);
    }
    read_workspaces();
    read_resolutions();
    // '#' separates package and task in labels.
    if (!error_ && std::ranges::any_of(manifest_.name, [](char c) {
          return c == '#' || static_cast<unsigned char>(c) <= ' ';
        })) {
      fail("name", "\"name\" contains a blank or \"#\"");
    }
    if (error_) {
      return std::unexpected(*std::move(error_));
    }
    return std::move(manifest_);
  }

 private:
  void fail(std::string_view key, std::string message) {
    if (!error_) {
      error_ = source_.error(codes::kBadManifest, position_of(source_, key), std::move(message));
    }
  }

  std::string text(std::string_view key) {
    const json::value* value = root_.if_contains(key);
    if (value == nullptr || value->is_null()) {
      return {};
    }
    if (!value->is_string()) {
      fail(key, fmt::format("\"{}\" must be a text", key));
      return {};
    }
    return std::string(value->get_string());
  }

  const json::object* object(std::string_view key) {
    const json::value* value = root_.if_contains(key);
    if (value == nullptr || value->is_null()) {
      return nullptr;
    }
    if (!value->is_object()) {
      fail(key, fmt::format("\"{}\" must be an object", key));
      return nullptr;
    }
    return &value->get_object();
  }

  void read_scripts() {
    if (const json::object* scripts = object("scripts")) {
      for (const auto& [name, script] : *scripts) {
        if (script.is_string()) {
          manifest_.scripts.emplace(name, script.get_string());
        } else {
          fail(name, fmt::format("script \"{}\" must be a text", std::string_view(name)));
        }
      }
    }
  }

  void read_dependencies(std::string_view key, DependencyKind kind) {
    if (const json::object* dependencies = object(key)) {
      for (const auto& [name, range] : *dependencies) {
        if (range.is_string()) {
          manifest_.dependencies.push_back(
              {.name = std::string(name), .range = std::string(range.get_string()), .kind = kind});
        } else {
          fail(name, fmt::format("the range of \"{}\" must be a text", std::string_view(name)));
        }
      }
    }
  }

  // npm and yarn take a list, or an object with one (yarn's `nohoist` is none of our business).
  void read_workspaces() {
    const json::value* value = root_.if_contains("workspaces");
    if (value != nullptr && value->is_object()) {
      value = value->get_object().if_contains("packages");
    }
    if (value == nullptr || value->is_null()) {
      return;
    }
    if (!value->is_array()) {
      fail("workspaces", "\"workspaces\" must be a list of patterns");
      return;
    }
    manifest_.workspaces.emplace();
    for (const json::value& pattern : value->get_array()) {
      if (pattern.is_string()) {
        manifest_.workspaces->emplace_back(pattern.get_string());
      } else {
        fail("workspaces", "\"workspaces\" must be a list of patterns");
      }
    }
  }

  // "a@^1/**/@scope/b" is about "@scope/b" in "a". Yarn judges the field; we only want to know
  // which names it can be about, and take one too many.
  void read_resolutions() {
    const json::value* value = root_.if_contains("resolutions");
    if (value == nullptr || !value->is_object()) {
      return;
    }
    for (const auto& [pattern, version] : value->get_object()) {
      std::string_view rest = pattern;
      while (!rest.empty()) {
        std::size_t end = rest.find('/');
        if (rest.starts_with('@') && end != std::string_view::npos) {
          end = rest.find('/', end + 1);
        }
        const std::string_view part = rest.substr(0, end);
        manifest_.overridden.emplace_back(part.substr(0, part.find('@', 1)));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      }
    }
  }

  const SourceText& source_;
  const json::object& root_;
  Manifest manifest_;
  std::optional<Diagnostic> error_;
};

}  // namespace

std::expected<Manifest, Diagnostic> parse_manifest(std::string_view text, std::string_view file) {
  text = without_byte_order_mark(text);
  std::array<unsigned char, kScratchBytes>
      scratch;  // NOLINT(*-member-init): written by the parser.
  json::monotonic_resource resource(scratch.data(), scratch.size());
  json::parse_options options;
  options.max_depth = kNestingMax;
  json::parser parser(json::storage_ptr(&resource), options);
  boost::system::error_code failed;
  const std::size_t read = parser.write(text.data(), text.size(), failed);
  if (failed) {
    const SourceText source(std::string(file), text);
    return std::unexpected(source.error(codes::kBadManifest, source.at_offset(read),
                                        "not valid JSON: " + failed.message()));
  }
  const json::value value = parser.release();
  const SourceText source(std::string(file), text);
  if (!value.is_object()) {
    return std::unexpected(
        source.error(codes::kBadManifest, source.at_offset(0), "a manifest must be an object"));
  }
  return ManifestReader(source, value.get_object()).read();
}

}  // namespace vc::agent
