#include "agent/prune/bun_lock.hpp"

#include "agent/lockfile/lock_json.hpp"
#include "agent/prune/kept_nodes.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::string_view kWorkspaceOfBun = "@workspace:";

// Nodes of the graph are the workspaces, then the places of packages from outside, in order.
class BunCut {
 public:
  BunCut(const LockGraph& graph, const KeptNodes& kept, std::size_t workspaces)
      : graph_(graph), kept_(kept), next_place_(workspaces) {}

  bool stays(std::string_view folder) const {
    const auto importer = graph_.importers.find(importer_directory(folder));
    return importer != graph_.importers.end() && kept_[importer->second];
  }

  // To be asked of each place in order.
  bool next_stays(const json::value& place) {
    const std::string_view resolved = place.get_array().front().get_string();
    const std::size_t mark = resolved.find(kWorkspaceOfBun);
    return mark == std::string_view::npos ? kept_[next_place_++]
                                          : stays(resolved.substr(mark + kWorkspaceOfBun.size()));
  }

 private:
  const LockGraph& graph_;
  const KeptNodes& kept_;
  std::size_t next_place_;
};

}  // namespace

Result<std::string> prune_bun_lock(std::string_view text,
                                   const std::vector<std::string>& directories) {
  VC_TRY(const LockGraph graph, read_bun_lock(text));
  VC_TRY(const KeptNodes kept, kept_nodes(graph, directories));
  VC_TRY(json::object root, parse_lock_json(text, JsonDialect::with_comments_and_trailing_commas));
  json::object& workspaces = root["workspaces"].get_object();
  json::object& packages = root["packages"].get_object();
  BunCut cut(graph, kept, workspaces.size());
  json::object workspaces_left;
  for (auto& [folder, value] : workspaces) {
    if (cut.stays(folder)) {
      workspaces_left.emplace(folder, std::move(value));
    }
  }
  json::object packages_left;
  for (auto& [place, value] : packages) {
    if (cut.next_stays(value)) {
      packages_left.emplace(place, std::move(value));
    }
  }
  workspaces = std::move(workspaces_left);
  packages = std::move(packages_left);
  return json::serialize(root) + "\n";
}

std::vector<std::string> bun_patches(std::string_view text) {
  std::vector<std::string> files;
  const auto root = parse_json_object(text, JsonDialect::with_comments_and_trailing_commas);
  const json::object* patched = root ? object_in(*root, "patchedDependencies") : nullptr;
  if (patched != nullptr) {
    for (const auto& [package, file] : *patched) {
      if (file.is_string()) {
        files.emplace_back(file.get_string());
      }
    }
  }
  return files;
}

}  // namespace vc::agent
