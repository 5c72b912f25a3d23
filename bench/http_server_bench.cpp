// The HTTP server with the least a handler can do, to be measured against nginx: any GET or POST is
// answered inline with 600 bytes, GET /file/<path> by sendfile, PUT is hashed and written to
// /dev/shm. Usage: http_server_bench PORT THREADS
#include "core/digest.hpp"
#include "core/files.hpp"
#include "net/http_server.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

using namespace vc;

namespace {

class HashingFile final : public net::BodySink {
 public:
  HashingFile() : fd_(::open("/dev/shm", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)) {}

  std::expected<void, net::Response> write(ByteView piece) override {
    hasher_.update(piece);
    if (!write_all(fd_.get(), piece)) {
      return std::unexpected(net::Response{.status = 507, .headers = {}, .body = ""});
    }
    return {};
  }

  void finish(net::Reply reply) override {
    reply.send({.status = 201, .headers = {}, .body = hasher_.finish().hex()});
  }

 private:
  UniqueFd fd_;
  Hasher hasher_;
};

class BenchHandler final : public net::Handler {
 public:
  net::BodyPlan on_request(const net::RequestHead& head) override {
    constexpr std::string_view kFiles = "/file";
    if (head.method() == "PUT") {
      return net::StreamBody{.sink = std::make_unique<HashingFile>(), .bytes_max = 1ULL << 40};
    }
    if (head.target().starts_with(kFiles)) {
      const std::string path(head.target().substr(kFiles.size()));
      UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      struct stat status{};
      if (::fstat(fd.get(), &status) != 0) {
        return net::Response{.status = 404, .headers = {}, .body = ""};
      }
      const auto size = static_cast<std::uint64_t>(status.st_size);
      return net::Response{
          .headers = {}, .body = net::FileRange{.fd = std::move(fd), .offset = 0, .length = size}};
    }
    return net::BufferBody{.bytes_max = 1 << 20, .then = [](const std::string&, net::Reply reply) {
                             reply.send({.status = 200,
                                         .headers = {{"Content-Type", "application/json"}},
                                         .body = std::string(600, 'x')});
                           }};
  }

  net::Response refusal(int status, std::string_view reason) override {
    return {.status = status, .headers = {}, .body = std::string(reason)};
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: http_server_bench PORT THREADS\n", stderr);
    return 2;
  }
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);  // Before any thread: they inherit it.

  BenchHandler handler;
  NullLog log;
  WorkerPool workers(2, 64);
  auto server = net::HttpServer::start({.host = "127.0.0.1",
                                        .port = static_cast<std::uint16_t>(std::atoi(arguments[1])),
                                        .threads = static_cast<unsigned>(std::atoi(arguments[2]))},
                                       handler, workers, log);
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  int signal = 0;
  sigwait(&stop, &signal);
  (*server)->drain(std::chrono::seconds(5));
}
