// Responses from files: ranges, holes, ends that move.
#include "http_server_fixture.hpp"

#include "core/files.hpp"
#include "core/temp_dir.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace vc::net {
namespace {

using namespace std::chrono_literals;

class HttpFileTest : public HttpServerTest {
 protected:
  void SetUp() override {
    auto directory = TempDir::create();
    ASSERT_TRUE(directory);
    directory_.emplace(std::move(*directory));
    path_ = directory_->path() / "body";
  }

  // Answers every request with that part of the file at path_.
  void serve(std::uint64_t offset, std::uint64_t length) {
    handler_.set([this, offset, length](const RequestHead&) {
      UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
      return Response{.status = 200,
                      .body = FileRange{.fd = std::move(fd), .offset = offset, .length = length}};
    });
  }

  std::optional<TempDir> directory_;
  fs::path path_;
};

// Asked by mincore(2), because a read with RWF_NOWAIT starts to bring in what it does not find.
bool has_pages_in_memory(int fd, std::size_t size) {
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) {
    return true;
  }
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> resident((size + page - 1) / page);
  const bool is_known = ::mincore(mapped, size, resident.data()) == 0;
  ::munmap(mapped, size);
  return !is_known || std::ranges::any_of(resident, [](unsigned char in) { return (in & 1) != 0; });
}

// Whether the storage takes longer than the question whether it would.
bool is_slower_than_memory(int fd) {
  char byte = 0;
  iovec part{.iov_base = &byte, .iov_len = 1};
  return ::preadv2(fd, &part, 1, 0, RWF_NOWAIT) < 0 && errno == EAGAIN;
}

// The kernel may decline for a while: pages that another CPU has just touched stay.
bool is_dropped_from_page_cache(const fs::path& path, std::size_t size) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  for (int attempt = 0; attempt < 100; ++attempt) {
    ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);
    if (attempt == 0 && !is_slower_than_memory(fd.get())) {
      return false;
    }
    ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);
    if (!has_pages_in_memory(fd.get(), size)) {
      return true;
    }
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST_F(HttpFileTest, AnyRangeIsSentExactly) {
  std::string content(3'000'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) {
    content[i] = static_cast<char>(i * 31 % 251);
  }
  ASSERT_TRUE(write_file_atomically(path_, content));
  start();
  RawClient client(port());
  const std::uint64_t whole = content.size();
  for (const auto [offset, length] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, whole}, {0, 1}, {whole - 1, 1}, {1'048'575, 2}, {7, 2'097'152}, {5, 0}}) {
    serve(offset, length);
    const RawResponse response = client.request(kGet);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body.size(), length);
    EXPECT_TRUE(response.body == content.substr(offset, length)) << offset << "+" << length;
  }
}

TEST_F(HttpFileTest, OffsetPast4GiBIsSentExactly) {
  {
    UniqueFd fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    const std::string_view tail = "the tail of a sparse file";
    ASSERT_EQ(static_cast<ssize_t>(tail.size()),
              ::pwrite(fd.get(), tail.data(), tail.size(), (5LL << 30) + 3));
  }
  start();
  serve((5ULL << 30) + 7, 4);
  EXPECT_EQ(RawClient(port()).request(kGet).body, "tail");
}

TEST_F(HttpFileTest, EmptyFileIsAnEmptyBody) {
  ASSERT_TRUE(write_file_atomically(path_, ""));
  start();
  serve(0, 0);
  RawClient client(port());
  EXPECT_EQ(client.request(kGet).headers.find("Content-Length"), "0");
  EXPECT_EQ(client.request(kGet).status, 200);
}

TEST_F(HttpFileTest, ReplyToHeadNeedsNoFile) {
  start();
  handler_.set([](const RequestHead&) {
    return Response{.status = 200, .body = FileRange{.fd = {}, .offset = 0, .length = 5ULL << 30}};
  });
  RawClient client(port());
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_response(RawClient::Body::none).headers.find("Content-Length"),
            std::to_string(5ULL << 30));
  handler_.set(echo);
  EXPECT_EQ(client.request(kGet).status, 200);
}

TEST_F(HttpFileTest, FileShorterThanAnnouncedCutsTheConnection) {
  ASSERT_TRUE(write_file_atomically(path_, std::string(1'000, 'x')));
  start();
  serve(0, 1'001);
  RawClient client(port());
  client.send(kGet);
  EXPECT_LT(client.read_until_close().size(), 1'400);
  EXPECT_TRUE(client.was_reset());
  EXPECT_TRUE(log_.warnings.wait_for(1));
}

TEST_F(HttpFileTest, FileTruncatedWhileItIsSentCutsTheConnection) {
  constexpr std::uint64_t kSize = 64 << 20;
  {
    UniqueFd fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    ASSERT_EQ(0, ::ftruncate(fd.get(), kSize));
  }
  start();
  serve(0, kSize);
  RawClient client;
  client.shrink_receive_buffer();
  client.connect(port());
  client.send(kGet);
  pollfd readable{.fd = client.fd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(1, ::poll(&readable, 1, RawClient::kPatienceSeconds * 1000));  // It has begun.
  ASSERT_EQ(0, ::truncate(path_.c_str(), 0));
  EXPECT_LT(client.read_until_close().size(), kSize);
  EXPECT_TRUE(client.was_reset());
}

TEST_F(HttpFileTest, ClientThatLeavesInTheMiddleEndsNothingButItsConnection) {
  {
    UniqueFd fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    ASSERT_EQ(0, ::ftruncate(fd.get(), 64 << 20));
  }
  start();
  serve(0, 64 << 20);
  for (int i = 0; i < 20; ++i) {
    RawClient client;
    client.shrink_receive_buffer();
    client.connect(port());
    client.send(kGet);
    pollfd readable{.fd = client.fd(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(1, ::poll(&readable, 1, RawClient::kPatienceSeconds * 1000));
  }  // Closed with bytes unread, which is an RST: the next sendfile is EPIPE, or SIGPIPE.
  EXPECT_TRUE(server_->drain(std::chrono::seconds(20)));
}

TEST_F(HttpFileTest, DescriptorThatIsNoFileCutsTheConnection) {
  handler_.set([](const RequestHead&) {
    return Response{.status = 200, .body = FileRange{.fd = {}, .offset = 0, .length = 5}};
  });
  start();
  RawClient client(port());
  client.send(kGet);
  client.read_until_close();
  EXPECT_TRUE(client.was_reset());
  EXPECT_TRUE(log_.warnings.wait_for(1));
}

TEST_F(HttpFileTest, FileThatIsNotInThePageCacheIsReadByAWorkerFirst) {
  const std::string content(2'500'000, 'c');
  ASSERT_TRUE(write_file_atomically(path_, content, Durability::fsync));
  if (!is_dropped_from_page_cache(path_, content.size())) {
    GTEST_SKIP() << "no file could be dropped from the page cache here: this file system keeps its "
                    "files in memory, or the kernel holds on to them";
  }
  Counter blocked;
  Counter release;
  for (int i = 0; i < 2; ++i) {
    workers_.submit([&] {
      blocked.add();
      release.wait_for(1);
    });
  }
  ASSERT_TRUE(blocked.wait_for(2));
  options_.threads = 1;
  start();
  serve(0, content.size());
  RawClient client(port());
  client.send(kGet);
  while (handler_.requests < 1) {
    std::this_thread::yield();
  }
  // The loop that would have sent it goes on, and has not read the disk.
  handler_.set(echo);
  EXPECT_EQ(RawClient(port()).request(kGet).status, 200);
  std::array<char, 4096> seen{};
  EXPECT_LT(::recv(client.fd(), seen.data(), seen.size(), MSG_PEEK | MSG_DONTWAIT), 1'000);
  release.add();
  EXPECT_TRUE(client.read_response().body == content);
  workers_.wait_idle();  // They may still be leaving the counters of this test.
}

TEST_F(HttpFileTest, ReaderOfAFileThatStopsReadingIsCutOff) {
  options_.rate_window = 100ms;
  {
    UniqueFd fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    ASSERT_EQ(0, ::ftruncate(fd.get(), 64 << 20));
  }
  start();
  serve(0, 64 << 20);
  RawClient client;
  client.shrink_receive_buffer();
  client.connect(port());
  client.send(kGet);
  EXPECT_TRUE(client.wait_for_close());
  client.read_until_close();
  EXPECT_TRUE(client.was_reset());
}

}  // namespace
}  // namespace vc::net
