// pnpm-lock.yaml: `importers` names for each package of the workspace what every dependency came
// to; `packages` (6.x) or `snapshots` (9.0) what that depends on, `packages` its integrity.
#include "agent/lockfile/lock_graph.hpp"
#include "agent/lockfile/lock_json.hpp"
#include "agent/lockfile/lock_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

constexpr std::array<std::string_view, 3> kKinds{"dependencies", "devDependencies",
                                                 "optionalDependencies"};
// Catalogs are ranges and `time` is when versions appeared; what both came to is in the others.
constexpr std::array<std::string_view, 5> kNotPnpmSettings{"importers", "packages", "snapshots",
                                                           "catalogs", "time"};

enum class Format { v6, v9 };

std::string_view without_peers(std::string_view key) {
  return key.substr(0, key.find('('));
}

// Under which key a dependency's version is listed, as pnpm's own refToRelative() decides it.
std::string key_of(std::string_view name, std::string_view version, Format format) {
  const std::string_view plain = without_peers(version);
  if (format == Format::v6) {
    const bool is_key = version.starts_with("file:") || plain.contains('/');
    return is_key ? std::string(version) : fmt::format("/{}@{}", name, version);
  }
  const std::size_t at = plain.find('@');
  const bool is_key =
      plain.starts_with('@') || (at != std::string_view::npos && at < plain.find(':'));
  return is_key ? std::string(version) : fmt::format("{}@{}", name, version);
}

class PnpmLock {
 public:
  PnpmLock(const LockText& text, Format format) : text_(text), format_(format) {}

  Result<LockGraph> read() {
    const LockTextNode* importers = text_.find(text_.root(), "importers");
    if (importers == nullptr) {
      return fail(Errc::invalid, "it has no \"importers\"");
    }
    add_packages();
    text_.for_each(*importers, [&](const LockTextNode& importer) {
      graph_.importers.emplace(importer_directory(importer.key), graph_.add({}));
    });
    text_.for_each(*importers, [&](const LockTextNode& importer) { add_importer(importer); });
    for (const auto& [id, entry] : entries_) {
      for (const std::string_view kind : {kKinds.front(), kKinds.back()}) {
        for_each_in(*entry, kind, [&](const LockTextNode& dependency) {
          // Links of packages from outside are relative to the root.
          add(id, "", dependency.key, dependency.value);
        });
      }
    }
    add_settings();
    return std::move(graph_);
  }

 private:
  void for_each_in(const LockTextNode& entry, std::string_view kind, auto visit) const {
    if (const LockTextNode* wanted = text_.find(entry, kind)) {
      text_.for_each(*wanted, visit);
    }
  }

  void add_importer(const LockTextNode& importer) {
    const std::string directory = importer_directory(importer.key);
    const LockId id = graph_.importers.find(directory)->second;
    for (const std::string_view kind : kKinds) {
      for_each_in(importer, kind, [&](const LockTextNode& dependency) {
        add(id, directory, dependency.key, text_.text(dependency, "version"));
      });
    }
  }

  void add_packages() {
    const LockTextNode* packages = text_.find(text_.root(), "packages");
    const LockTextNode* snapshots = text_.find(text_.root(), "snapshots");
    if (format_ == Format::v9 && packages != nullptr && snapshots != nullptr) {
      std::unordered_map<std::string_view, const LockTextNode*> described;
      text_.for_each(*packages,
                     [&](const LockTextNode& entry) { described.emplace(entry.key, &entry); });
      text_.for_each(*snapshots, [&](const LockTextNode& entry) {
        auto found = described.find(without_peers(entry.key));
        found = found == described.end() ? described.find(entry.key) : found;
        add_package(entry, found == described.end() ? nullptr : found->second);
      });
    } else if (format_ == Format::v6 && packages != nullptr) {
      text_.for_each(*packages, [&](const LockTextNode& entry) { add_package(entry, &entry); });
    }
  }

  void add_package(const LockTextNode& entry, const LockTextNode* description) {
    std::string identity(entry.key);
    bool is_described = false;
    for (const std::string_view key : {"resolution", "name", "version"}) {
      if (const LockTextNode* said =
              description == nullptr ? nullptr : text_.find(*description, key)) {
        identity += '\n';
        identity += said->raw;
        is_described = true;
      }
    }
    const LockId id = graph_.add(std::move(identity));
    graph_.nodes[id].unresolved = !is_described;
    ids_.emplace(entry.key, id);
    entries_.emplace_back(id, &entry);
  }

  void add(LockId id, std::string_view directory, std::string_view name, std::string_view version) {
    LockNode& node = graph_.nodes[id];
    constexpr std::string_view kLink = "link:";
    if (version.starts_with(kLink)) {
      const auto target = graph_.importers.find(importer_directory(
          fmt::format("{}/{}", directory.empty() ? "." : directory, version.substr(kLink.size()))));
      if (target != graph_.importers.end()) {
        node.dependencies.push_back(target->second);
      }  // Else a folder outside of the workspace, of which lockfiles say nothing.
      return;
    }
    const auto found = version.empty() ? ids_.end() : ids_.find(key_of(name, version, format_));
    if (found == ids_.end()) {
      node.unresolved = true;
    } else {
      node.dependencies.push_back(found->second);
    }
  }

  void add_settings() {
    text_.for_each(text_.root(), [&](const LockTextNode& node) {
      if (std::ranges::find(kNotPnpmSettings, node.key) == kNotPnpmSettings.end()) {
        graph_.settings += node.raw;
        graph_.settings += '\n';
      }
    });
  }

  const LockText& text_;
  Format format_;
  LockGraph graph_;
  std::unordered_map<std::string, LockId> ids_;                  // By key.
  std::vector<std::pair<LockId, const LockTextNode*>> entries_;  // Of packages from outside.
};

}  // namespace

Result<LockGraph> read_pnpm_lock(std::string_view text) {
  VC_TRY(const LockText tree, LockText::parse(text));
  const std::string_view version = tree.text(tree.root(), "lockfileVersion");
  if (version == "9.0") {
    return PnpmLock(tree, Format::v9).read();
  }
  if (version == "6.0" || version == "6.1") {
    return PnpmLock(tree, Format::v6).read();
  }
  return fail(Errc::invalid, fmt::format("lockfileVersion {} is not 6.0, 6.1 or 9.0", version),
              "a current pnpm writes it anew with `pnpm install --lockfile-only`");
}

}  // namespace vc::agent
