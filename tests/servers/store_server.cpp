#include "store_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace vc::tests {

namespace {

std::string read_line(int fd) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';) {
    line.push_back(c);
  }
  return line;
}

}  // namespace

const Result<StoreServer>& StoreServer::shared(std::string_view program) {
  static std::map<std::string, Result<StoreServer>, std::less<>> stores;
  auto found = stores.find(program);
  if (found == stores.end()) {
    found = stores.emplace(program, start(program)).first;
  }
  return found->second;
}

Result<StoreServer> StoreServer::start(std::string_view program) {
  std::array<int, 2> to_it{};
  std::array<int, 2> from_it{};
  if (::pipe2(to_it.data(), O_CLOEXEC) != 0 || ::pipe2(from_it.data(), O_CLOEXEC) != 0) {
    return std::unexpected(errno_error("pipe"));
  }
  StoreServer store;
  store.stdin_ = UniqueFd(to_it[1]);
  const UniqueFd its_stdin(to_it[0]);
  UniqueFd its_stdout(from_it[1]);
  const UniqueFd output(from_it[0]);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, its_stdin.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, its_stdout.get(), STDOUT_FILENO);
  std::string path = std::string(VC_STORE_SERVERS).append("/").append(program);
  const std::array<char*, 2> argv = {path.data(), nullptr};
  const int failed =
      ::posix_spawn(&store.pid_, path.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    store.pid_ = -1;
    return std::unexpected(errno_error("start " + path, failed));
  }
  its_stdout = UniqueFd();
  boost::system::error_code malformed;
  const auto said = boost::json::parse(read_line(output.get()), malformed);
  if (malformed || !said.is_object()) {
    return fail(Errc::unavailable, path + " did not start; it has said why on standard error");
  }
  for (const auto& [name, value] : said.as_object()) {
    store.said_.emplace(name, value.is_string() ? std::string(value.as_string()) : "");
  }
  if (const std::string reason = store["absent"]; !reason.empty()) {
    return fail(Errc::not_found, reason);
  }
  return store;
}

std::string StoreServer::operator[](std::string_view name) const {
  const auto found = said_.find(name);
  return found == said_.end() ? "" : found->second;
}

StoreServer::StoreServer(StoreServer&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      stdin_(std::move(other.stdin_)),
      said_(std::move(other.said_)) {}

StoreServer::~StoreServer() {
  stdin_ = UniqueFd();
  if (pid_ > 0) {
    ::waitpid(pid_, nullptr, 0);
  }
}

}  // namespace vc::tests
