#include "agent/trace/trace_launcher.hpp"

#include "agent/trace/trace_filter.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kLoaderPrefix = "LD_";
constexpr std::string_view kHiddenPrefix = "VELOCITY_HIDDEN_LD_";
constexpr int kStatusNotStarted = 126;

using Wire = std::array<int, 2>;  // Kind and errno.

void send_message(LauncherMessage::Kind kind, int error_number, int listener) {
  Wire words{static_cast<int>(kind), error_number};
  iovec bytes{.iov_base = words.data(), .iov_len = sizeof words};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (listener >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &listener, sizeof listener);
  }
  // Should nobody be there any more, the first traced call fails, and with it the command.
  while (::sendmsg(kLauncherSocket, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

std::vector<char*> borrowed(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (std::string& word : words) {
    out.push_back(word.data());
  }
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> revealed_environment() {
  std::vector<std::string> out;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    out.emplace_back(text.starts_with(kHiddenPrefix)
                         ? std::string(kLoaderPrefix) +
                               std::string(text.substr(kHiddenPrefix.size()))
                         : std::string(text));
  }
  return out;
}

}  // namespace

LauncherWords launcher_words(const std::string& program, const std::vector<std::string>& argv) {
  LauncherWords words{.program = "/proc/self/exe",
                      .argv = {"velocity-cli", std::string(kLauncherCommand), program}};
  words.argv.insert(words.argv.end(), argv.begin(), argv.end());
  return words;
}

std::map<std::string, std::string> launcher_environment(
    const std::map<std::string, std::string>& environment) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : environment) {
    out[name.starts_with(kLoaderPrefix)
            ? std::string(kHiddenPrefix) + name.substr(kLoaderPrefix.size())
            : name] = value;
  }
  return out;
}

std::optional<LauncherMessage> receive_from_launcher(int socket) {
  Wire words{};
  iovec bytes{.iov_base = words.data(), .iov_len = sizeof words};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t count = -1;
  do {
    count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  LauncherMessage out;
  const cmsghdr* rights = count > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    int listener = -1;
    std::memcpy(&listener, CMSG_DATA(rights), sizeof listener);
    out.listener.reset(listener);
  }
  if (count != static_cast<ssize_t>(sizeof words)) {
    return std::nullopt;
  }
  out.kind = static_cast<LauncherMessage::Kind>(words[0]);
  out.error_number = words[1];
  return out;
}

int run_launcher(std::vector<std::string> words) {
  // Somebody who types the name of the command has no socket, and a program that inherits it would
  // keep the agent waiting.
  if (words.size() < 2 || ::fcntl(kLauncherSocket, F_SETFD, FD_CLOEXEC) != 0) {
    return kStatusNotStarted;
  }
  const std::string program = words.front();
  words.erase(words.begin());
  std::vector<std::string> variables = revealed_environment();
  std::vector<char*> environment = borrowed(variables);
  std::vector<char*> argv = borrowed(words);
  {
    const auto listener = install_trace_filter();
    if (listener) {
      send_message(LauncherMessage::Kind::traced, 0, listener->get());
    } else {
      send_message(LauncherMessage::Kind::untraced, listener.error(), -1);
    }
  }
  ::execve(program.c_str(), argv.data(), environment.data());
  if (errno == ENOEXEC) {  // A script without `#!`: a shell would run it itself.
    words.front() = program;
    words.insert(words.begin(), "/bin/sh");
    argv = borrowed(words);
    ::execve("/bin/sh", argv.data(), environment.data());
  }
  send_message(LauncherMessage::Kind::not_started, errno, -1);
  return kStatusNotStarted;
}

}  // namespace vc::agent
