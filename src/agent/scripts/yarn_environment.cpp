#include "agent/scripts/yarn_environment.hpp"

#include "core/digest.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <system_error>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::uint64_t kProgramBytesMax = 1 << 16;

}  // namespace

std::string yarn_words(std::string_view event, std::span<const std::string> words) {
  return json::serialize(json::object{{"remain", json::array()},
                                      {"cooked", json::array{"run", event}},
                                      {"original", json::array(words.begin(), words.end())}});
}

Result<void> check_yarn_settings(const std::map<std::string, std::optional<std::string>>& changes,
                                 const Variables& of_manifest) {
  const auto name = of_manifest.find("npm_package_name");
  if (name == of_manifest.end() || name->second.empty()) {
    return {};
  }
  const std::string prefix = variable_name("npm_config_", name->second) + "_";
  const auto first = changes.lower_bound(prefix);
  if (first != changes.end() && first->first.starts_with(prefix)) {
    return fail(Errc::invalid, "there are settings for this package alone");
  }
  return {};
}

Result<fs::path> yarn_folder(std::string_view path) {
  fs::path folder = path.substr(0, path.find(':'));
  if (!folder.is_absolute() || !folder.filename().string().starts_with("yarn--")) {
    return fail(Errc::invalid, "its PATH has another form");
  }
  return folder;
}

Result<std::map<std::string, std::string>> yarn_programs(const fs::path& folder) {
  std::map<std::string, std::string> programs;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name != "node" && name != "yarn") {
      return fail(Errc::invalid, "it makes other programs than node and yarn");
    }
    VC_TRY(programs[name], read_file(entry->path(), kProgramBytesMax));
  }
  if (failed || programs.size() != 2) {
    return fail(Errc::invalid, "it does not make programs as yarn 1 does");
  }
  return programs;
}

Result<fs::path> keep_programs(const fs::path& directory,
                               const std::map<std::string, std::string>& programs) {
  std::string all;
  for (const auto& [name, text] : programs) {
    all += name;
    all += '\n';
    all += text;
    all += '\n';
  }
  fs::path folder = directory / sha256(all).hex();
  std::error_code failed;
  for (const auto& [name, text] : programs) {
    const fs::path program = folder / name;
    if (fs::exists(program, failed)) {
      continue;
    }
    VC_CHECK(make_directories(folder));
    VC_CHECK(write_file_atomically(program, text, Durability::none, 0755));
  }
  return folder;
}

}  // namespace vc::agent
