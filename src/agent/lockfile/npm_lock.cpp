// package-lock.json: `packages` maps every place in the tree ("node_modules/a/node_modules/b",
// "packages/web") to what is there. A name resolves as node does it: in the node_modules of the
// folder, else of the folders above.
#include "agent/lockfile/lock_graph.hpp"
#include "agent/lockfile/lock_json.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <array>
#include <unordered_map>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::string_view kNodeModules = "node_modules/";
// Named by the project, repeated for older versions of npm, or read below. All else counts for all.
constexpr std::array<std::string_view, 5> kNotNpmSettings{"name", "version", "requires",
                                                          "dependencies", "packages"};

enum class NpmNeed { required, optional };

class NpmLock {
 public:
  explicit NpmLock(const json::object& packages) : packages_(packages) {}

  Result<LockGraph> read() {
    for (const auto& [place, value] : packages_) {
      const json::object* entry = value.if_object();
      if (entry == nullptr) {
        return fail(Errc::invalid, fmt::format("\"{}\" is no object", std::string_view(place)));
      }
      const LockId id = graph_.add(identity_of(place, *entry));
      ids_.emplace(place, id);
      if (!is_installed(place)) {
        graph_.importers.emplace(importer_directory(place), id);
      }
    }
    for (const auto& [place, value] : packages_) {
      add_dependencies(place, value.get_object());
    }
    return std::move(graph_);
  }

 private:
  static bool is_installed(std::string_view place) {
    return place.starts_with(kNodeModules) || place.contains("/node_modules/");
  }

  static std::string identity_of(std::string_view place, const json::object& entry) {
    if (!is_installed(place) || entry.contains("link")) {
      return {};
    }
    // An alias is another package behind the name, and the name is what sources write.
    const std::size_t name = place.rfind(kNodeModules) + kNodeModules.size();
    json::object said{{"place", place.substr(name)}};
    for (const std::string_view key : {"name", "version", "resolved", "integrity"}) {
      if (const json::value* value = entry.if_contains(key)) {
        said.emplace(key, *value);
      }
    }
    return json::serialize(said);
  }

  void add_dependencies(std::string_view place, const json::object& entry) {
    const LockId id = ids_.at(place);
    if (entry.contains("link")) {
      const auto target = ids_.find(text_in(entry, "resolved").value_or(""));
      if (target == ids_.end()) {
        graph_.nodes[id].unresolved = true;
      } else {
        graph_.nodes[id].dependencies.push_back(target->second);
      }
      return;
    }
    add_all(id, place, entry, "dependencies", NpmNeed::required);
    if (!is_installed(place)) {
      add_all(id, place, entry, "devDependencies", NpmNeed::required);
    }
    // npm leaves out what the platform cannot have, and peers when it is told to.
    add_all(id, place, entry, "optionalDependencies", NpmNeed::optional);
    add_all(id, place, entry, "peerDependencies", NpmNeed::optional);
  }

  void add_all(LockId id, std::string_view place, const json::object& entry, std::string_view key,
               NpmNeed need) {
    const json::object* wanted = object_in(entry, key);
    if (wanted == nullptr) {
      return;
    }
    const json::object* optional = object_in(entry, "optionalDependencies");
    for (const auto& [name, range] : *wanted) {
      LockNode& node = graph_.nodes[id];
      if (const auto found = resolve(place, name)) {
        node.dependencies.push_back(*found);
      } else if (need == NpmNeed::required && (optional == nullptr || !optional->contains(name))) {
        node.unresolved = true;
      }
    }
  }

  std::optional<LockId> resolve(std::string_view place, std::string_view name) const {
    for (;;) {
      if (!place.ends_with("node_modules")) {
        const auto found =
            ids_.find(fmt::format("{}{}{}{}", place, place.empty() ? "" : "/", kNodeModules, name));
        if (found != ids_.end()) {
          return found->second;
        }
      }
      if (place.empty()) {
        return std::nullopt;
      }
      const std::size_t slash = place.rfind('/');
      place = place.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
  }

  const json::object& packages_;
  LockGraph graph_;
  std::unordered_map<std::string_view, LockId> ids_;  // By place.
};

}  // namespace

Result<LockGraph> read_npm_lock(std::string_view text) {
  VC_TRY(json::object root, parse_lock_json(text, JsonDialect::strict));
  const auto version = number_in(root, "lockfileVersion");
  const json::object* packages = object_in(root, "packages");
  if (!version || *version < 2 || *version > 3 || packages == nullptr) {
    return fail(Errc::invalid, "lockfileVersion is not 2 or 3",
                "a current npm writes it anew with `npm install --package-lock-only`");
  }
  VC_TRY(LockGraph graph, NpmLock(*packages).read());
  for (const std::string_view key : kNotNpmSettings) {
    root.stable_erase(key);
  }
  graph.settings = json::serialize(root);
  return graph;
}

}  // namespace vc::agent
