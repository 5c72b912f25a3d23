// bun.lock: JSON with trailing commas. `workspaces` maps folders to their dependencies, `packages`
// places in the tree to what is there: "react" for all, "web/react" for web alone, where "web" is
// a package of the workspace or from outside.
#include "agent/lockfile/lock_graph.hpp"
#include "agent/lockfile/lock_json.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::string_view kWorkspaceMark = "@workspace:";
// Catalogs are ranges; what they came to is in `packages`.
constexpr std::array<std::string_view, 4> kNotBunSettings{"workspaces", "packages", "catalog",
                                                          "catalogs"};

enum class BunNeed { required, optional };

// "@scope/a/b" is "b" below "@scope/a", "@scope/a" is at the top.
std::string_view parent_of(std::string_view place) {
  const std::size_t slash = place.rfind('/');
  if (slash == std::string_view::npos) {
    return {};
  }
  const std::string_view before = place.substr(0, slash);
  const std::size_t scope = before.rfind('/');
  const std::string_view last = before.substr(scope == std::string_view::npos ? 0 : scope + 1);
  if (!last.starts_with('@')) {
    return before;
  }
  return scope == std::string_view::npos ? std::string_view() : before.substr(0, scope);
}

std::string_view name_at(std::string_view place) {
  const std::string_view parent = parent_of(place);
  return parent.empty() ? place : place.substr(parent.size() + 1);
}

const json::object* information_of(const json::array& entry) {
  const auto found =
      std::ranges::find_if(entry, [](const json::value& v) { return v.is_object(); });
  return found == entry.end() ? nullptr : &found->get_object();
}

class BunLock {
 public:
  BunLock(const json::object& workspaces, const json::object& packages)
      : workspaces_(workspaces), packages_(packages) {}

  Result<LockGraph> read() {
    for (const auto& [folder, value] : workspaces_) {
      if (!value.is_object()) {
        return fail(Errc::invalid, fmt::format("\"{}\" is no object", std::string_view(folder)));
      }
      graph_.importers.emplace(importer_directory(folder), graph_.add({}));
    }
    for (const auto& [place, value] : packages_) {
      VC_CHECK(add_place(place, value));
    }
    for (const auto& [folder, value] : workspaces_) {
      const json::object& entry = value.get_object();
      const LockId id = graph_.importers.find(importer_directory(folder))->second;
      add_all(id, text_in(entry, "name").value_or(""), entry);
    }
    for (const auto& [place, value] : packages_) {
      const auto id = ids_.at(place);
      const json::object* information = information_of(value.get_array());
      if (information != nullptr && !graph_.nodes[id].identity.empty()) {
        add_all(id, place, *information);
      }
    }
    return std::move(graph_);
  }

 private:
  Result<void> add_place(std::string_view place, const json::value& value) {
    const json::array* entry = value.if_array();
    if (entry == nullptr || entry->empty() || !entry->front().is_string()) {
      return fail(Errc::invalid, fmt::format("\"{}\" is no list with a name first", place));
    }
    const std::string_view resolved = entry->front().get_string();
    const std::size_t mark = resolved.find(kWorkspaceMark);
    if (mark == std::string_view::npos) {
      ids_.emplace(place, graph_.add(fmt::format("{} {}", name_at(place), json::serialize(value))));
      return {};
    }
    const auto importer =
        graph_.importers.find(importer_directory(resolved.substr(mark + kWorkspaceMark.size())));
    if (importer == graph_.importers.end()) {
      return fail(Errc::invalid, fmt::format("\"{}\" is a workspace that is not listed", place));
    }
    ids_.emplace(place, importer->second);
    return {};
  }

  void add_all(LockId id, std::string_view place, const json::object& entry) {
    for (const std::string_view key : {"dependencies", "devDependencies"}) {
      add_each(id, place, object_in(entry, key), BunNeed::required);
    }
    for (const std::string_view key : {"optionalDependencies", "peerDependencies"}) {
      add_each(id, place, object_in(entry, key), BunNeed::optional);
    }
  }

  void add_each(LockId id, std::string_view place, const json::object* wanted, BunNeed need) {
    if (wanted == nullptr) {
      return;
    }
    for (const auto& [name, range] : *wanted) {
      if (const auto found = resolve(place, name)) {
        graph_.nodes[id].dependencies.push_back(*found);
      } else if (need == BunNeed::required) {
        graph_.nodes[id].unresolved = true;
      }
    }
  }

  std::optional<LockId> resolve(std::string_view place, std::string_view name) const {
    for (;; place = parent_of(place)) {
      const auto found =
          ids_.find(place.empty() ? std::string(name) : fmt::format("{}/{}", place, name));
      if (found != ids_.end()) {
        return found->second;
      }
      if (place.empty()) {
        return std::nullopt;
      }
    }
  }

  const json::object& workspaces_;
  const json::object& packages_;
  LockGraph graph_;
  std::unordered_map<std::string, LockId> ids_;  // By place.
};

}  // namespace

Result<LockGraph> read_bun_lock(std::string_view text) {
  VC_TRY(json::object root, parse_lock_json(text, JsonDialect::with_comments_and_trailing_commas));
  const auto version = number_in(root, "lockfileVersion");
  const json::object* workspaces = object_in(root, "workspaces");
  const json::object* packages = object_in(root, "packages");
  if (!version || *version < 0 || *version > 1 || workspaces == nullptr || packages == nullptr) {
    return fail(Errc::invalid, "lockfileVersion is not 0 or 1");
  }
  VC_TRY(LockGraph graph, BunLock(*workspaces, *packages).read());
  for (const std::string_view key : kNotBunSettings) {
    root.stable_erase(key);
  }
  graph.settings = json::serialize(root);
  return graph;
}

}  // namespace vc::agent
