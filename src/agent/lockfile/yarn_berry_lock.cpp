// yarn.lock of yarn 2 and later: each entry lists the descriptors it stands for, and packages of
// the workspace have entries too.
#include "agent/lockfile/lock_graph.hpp"
#include "agent/lockfile/lock_json.hpp"
#include "agent/lockfile/lock_text.hpp"
#include "agent/lockfile/yarn_entries.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kMetadata = "__metadata";
constexpr std::string_view kWorkspace = "@workspace:";
constexpr std::array<std::string_view, 5> kMetadataVersions{"4", "5", "6", "7", "8"};

struct BerryEntry {
  const LockTextNode* node = nullptr;
  LockId id = 0;
};

void for_each_descriptor(std::string_view key, auto visit) {
  while (!key.empty()) {
    const std::size_t comma = std::min(key.find(", "), key.size());
    visit(trimmed(key.substr(0, comma)));
    key.remove_prefix(std::min(comma + 2, key.size()));
  }
}

BerryEntry add_entry(const LockText& text, const LockTextNode& node, LockGraph& graph) {
  const std::string_view resolution = text.text(node, "resolution");
  const std::size_t mark = resolution.find(kWorkspace);
  BerryEntry entry{.node = &node};
  if (mark != std::string_view::npos) {
    entry.id = graph.add({});
    graph.importers.emplace(importer_directory(resolution.substr(mark + kWorkspace.size())),
                            entry.id);
    return entry;
  }
  entry.id = graph.add(fmt::format("{}\n{}\n{}\n{}", name_of_descriptor(node.key), resolution,
                                   text.text(node, "version"), text.text(node, "checksum")));
  graph.nodes[entry.id].unresolved = resolution.empty();
  return entry;
}

bool is_optional(const LockText& text, const LockTextNode& entry, std::string_view name) {
  const LockTextNode* meta = text.find(entry, "dependenciesMeta");
  const LockTextNode* of_name = meta == nullptr ? nullptr : text.find(*meta, name);
  return of_name != nullptr && text.text(*of_name, "optional") == "true";
}

}  // namespace

Result<LockGraph> read_yarn_berry_lock(std::string_view text, const LockContext& context) {
  VC_TRY(const LockText tree, LockText::parse(text));
  const LockTextNode* metadata = tree.find(tree.root(), kMetadata);
  const std::string_view version =
      metadata == nullptr ? std::string_view() : tree.text(*metadata, "version");
  if (std::ranges::find(kMetadataVersions, version) == kMetadataVersions.end()) {
    return fail(Errc::invalid, fmt::format("__metadata version \"{}\" is not 4 to 8", version));
  }
  LockGraph graph;
  graph.settings = metadata->raw;
  YarnEntries entries(graph, context);
  std::vector<BerryEntry> all;
  tree.for_each(tree.root(), [&](const LockTextNode& node) {
    if (node.key != kMetadata) {
      all.push_back(add_entry(tree, node, graph));
      for_each_descriptor(
          node.key, [&](std::string_view descriptor) { entries.add(descriptor, all.back().id); });
    }
  });
  for (const BerryEntry& entry : all) {
    for (const std::string_view kind : {"dependencies", "peerDependencies"}) {
      const LockTextNode* wanted = tree.find(*entry.node, kind);
      if (wanted == nullptr) {
        continue;
      }
      tree.for_each(*wanted, [&](const LockTextNode& dependency) {
        const bool must_be_there =
            kind == "dependencies" && !is_optional(tree, *entry.node, dependency.key);
        entries.require(entry.id, dependency.key, dependency.value,
                        must_be_there ? YarnNeed::required : YarnNeed::optional);
      });
    }
  }
  return graph;
}

}  // namespace vc::agent
