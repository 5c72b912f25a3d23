#include "ceph_rgw.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace vc::tests {

namespace {

bool is_installed(std::string_view program) {
  const char* const path = std::getenv("PATH");
  for (std::string_view rest = path == nullptr ? "" : path; !rest.empty();) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    if (::access(std::string(folder).append("/").append(program).c_str(), X_OK) == 0) {
      return true;
    }
  }
  return false;
}

std::string read_line(int fd) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';) {
    line.push_back(c);
  }
  return line;
}

}  // namespace

std::string CephRgw::absence() {
  for (const std::string_view program :
       {"radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "monmaptool"}) {
    if (!is_installed(program)) {
      return "no Ceph RGW here: " + std::string(program) +
             " is not installed (scripts/setup installs it)";
    }
  }
  return "";
}

const Result<CephRgw>& CephRgw::shared() {
  static const Result<CephRgw> kStore = start();
  return kStore;
}

Result<CephRgw> CephRgw::start() {
  std::array<int, 2> to_it{};
  std::array<int, 2> from_it{};
  if (::pipe2(to_it.data(), O_CLOEXEC) != 0 || ::pipe2(from_it.data(), O_CLOEXEC) != 0) {
    return std::unexpected(errno_error("pipe"));
  }
  CephRgw store;
  store.stdin_ = UniqueFd(to_it[1]);
  const UniqueFd its_stdin(to_it[0]);
  UniqueFd its_stdout(from_it[1]);
  const UniqueFd output(from_it[0]);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, its_stdin.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, its_stdout.get(), STDOUT_FILENO);
  std::string program = VC_CEPH_RGW;
  const std::array<char*, 2> argv = {program.data(), nullptr};
  const int failed =
      ::posix_spawn(&store.pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    store.pid_ = -1;
    return std::unexpected(errno_error("start " + program, failed));
  }
  its_stdout = UniqueFd();
  boost::system::error_code malformed;
  const auto said = boost::json::parse(read_line(output.get()), malformed);
  if (malformed || !said.is_object()) {
    return fail(Errc::unavailable, "Ceph RGW did not start; it has said why on standard error");
  }
  const auto text = [&](const char* name) {
    return std::string(said.as_object().at(name).as_string());
  };
  store.endpoint_ = text("endpoint");
  store.access_key_ = text("access_key");
  store.secret_key_ = text("secret_key");
  return store;
}

CephRgw::CephRgw(CephRgw&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      stdin_(std::move(other.stdin_)),
      endpoint_(std::move(other.endpoint_)),
      access_key_(std::move(other.access_key_)),
      secret_key_(std::move(other.secret_key_)) {}

CephRgw::~CephRgw() {
  stdin_ = UniqueFd();
  if (pid_ > 0) {
    ::waitpid(pid_, nullptr, 0);
  }
}

}  // namespace vc::tests
