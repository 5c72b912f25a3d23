#include "agent/find_executable.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace vc::agent {

namespace {

bool is_program(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<std::string> find_executable(const std::string& name, const fs::path& directory,
                                    const std::map<std::string, std::string>& environment) {
  if (name.find('/') != std::string::npos) {
    std::string path = (directory / name).string();
    return is_program(path) ? Result<std::string>(std::move(path))
                            : fail(Errc::not_found, "there is no program " + path);
  }
  const auto variable = environment.find("PATH");
  std::string_view rest =
      variable == environment.end() ? "/usr/bin:/bin" : std::string_view(variable->second);
  while (true) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) {
      std::string path = (directory / rest.substr(0, end) / name).string();
      if (is_program(path)) {
        return path;
      }
    }
    if (end == rest.size()) {
      return fail(Errc::not_found, "there is no \"" + name + "\" on the PATH");
    }
    rest.remove_prefix(end + 1);
  }
}

}  // namespace vc::agent
