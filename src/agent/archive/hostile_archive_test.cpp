// Archives nobody of us would write, each refused with the rest of the disk untouched.
//
// B6, B11: a poisoned artifact must not write outside the directory it is unpacked into. The
// archives are made with a tar writer of this file's own, so that a mistake in ours cannot hide.

#include "agent/archive.hpp"
#include "agent/testing/artifacts.hpp"
#include "agent/testing/tree.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>

namespace vc::agent {
namespace {

// A member with every header field free to lie. The defaults are those of an honest file.
struct RawMember {
  std::string name;
  std::string content;
  char type = '0';
  std::string mode = "0000644";
  std::string link;
  std::optional<std::string> size_field;
  std::string mtime = "02263523000";  // 315532800
  std::string uid = "0000000";
  std::string magic = std::string("ustar\00000", 8);
  int checksum_error = 0;
  std::size_t padding_lie = 0;
};

std::string raw(const RawMember& member) {
  std::string block(512, '\0');
  const auto put = [&](std::size_t offset, std::string_view text) {
    block.replace(offset, text.size(), text);
  };
  put(0, std::string_view(member.name).substr(0, 100));
  put(100, member.mode);
  put(108, member.uid);
  put(116, "0000000");
  put(124, member.size_field.value_or(fmt::format("{:011o}", member.content.size())));
  put(136, member.mtime);
  put(148, "        ");
  block[156] = member.type;
  put(157, std::string_view(member.link).substr(0, 100));
  put(257, member.magic);
  put(329, "0000000");
  put(337, "0000000");
  int sum = member.checksum_error;
  for (const char c : block) {
    sum += static_cast<unsigned char>(c);
  }
  put(148, fmt::format("{:06o}", sum) + '\0');
  std::string out = block + member.content;
  const std::size_t padding = (512 - member.content.size() % 512) % 512;
  out.append(padding, member.padding_lie == 0 ? '\0' : 'P');
  return out;
}

const std::string kEnd(1024, '\0');

std::string file_json(const std::string& path, const std::string& content,
                      const std::string& more = "") {
  return fmt::format(R"({{"path":"{}","sha256":"{}","size":{}{}}})", path, sha256(content).hex(),
                     content.size(), more);
}

std::string link_json(const std::string& path, const std::string& target) {
  return fmt::format(R"({{"path":"{}","link":"{}"}})", path, target);
}

std::string directory_json(const std::string& path) {
  return fmt::format(R"({{"path":"{}","directory":true}})", path);
}

std::string manifest_json(const std::string& outputs) {
  return fmt::format(
      R"({{"format":1,"fingerprint_version":1,"key":"{}","label":"web#build","duration_ms":5,)"
      R"("exit_status":0,"provenance":{{}},"outputs":[{}]}})",
      test_key().hex(), outputs);
}

std::string head(const std::string& outputs) {
  return raw({.name = ".velocity/manifest.json", .content = manifest_json(outputs)}) +
         raw({.name = ".velocity/log"});
}

// An archive whose manifest lists `outputs` and whose tar has `members` after the log.
std::string archive(const std::string& outputs, const std::string& members) {
  return head(outputs) + members + kEnd;
}

struct Hostile {
  const char* what;
  std::string tar;
};

struct HostileArchiveTest : testing::Test {
  TempDir temp = TempDir::create().value();
  fs::path staging = temp.path() / "state/staging";

  Tree sentinel() const {
    return {{"victim.txt", file("untouched")}, {"state/neighbour", file("untouched")}};
  }

  HostileArchiveTest() { write_tree(temp.path(), sentinel()); }

  Result<UnpackedArtifact> unpack(const std::string& tar) {
    fs::remove_all(staging);
    fs::create_directory(staging);
    const UniqueFd fd = open_file(staging, O_RDONLY | O_DIRECTORY).value();
    return unpack_archive(source_of(compressed(tar)), fd.get(), test_key());
  }

  // For the reason given, where one is: a table that is refused for one mistake in it tests
  // nothing.
  void expect_refused(const Hostile& hostile, std::string_view reason = "") {
    SCOPED_TRACE(hostile.what);
    const auto unpacked = unpack(hostile.tar);
    ASSERT_FALSE(unpacked);
    EXPECT_EQ(unpacked.error().code, Errc::corrupt) << unpacked.error().message;
    EXPECT_TRUE(unpacked.error().message.contains(reason)) << unpacked.error().message;
    fs::remove_all(staging);
    EXPECT_EQ(read_tree(temp.path()), sentinel());
  }
};

const std::string kHello = file_json("dist/a.txt", "hello");

RawMember hello() {
  return {.name = "dist/a.txt", .content = "hello"};
}

// Otherwise all that follows would be refused for a reason of its own.
TEST_F(HostileArchiveTest, TheHonestArchiveIsTaken) {
  const auto unpacked =
      unpack(archive(kHello + "," + directory_json("dist/d") + "," + link_json("dist/l", "a.txt"),
                     raw(hello()) + raw({.name = "dist/d/", .type = '5', .mode = "0000755"}) +
                         raw({.name = "dist/l", .type = '2', .link = "a.txt"})));
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ(
      read_tree(staging),
      (Tree{{"dist/a.txt", file("hello")}, {"dist/d", directory()}, {"dist/l", link("a.txt")}}));
}

TEST_F(HostileArchiveTest, AManifestThatListsBadPathsIsRefused) {
  const std::string deep = [] {
    std::string path = "d";
    for (int i = 1; i < 129; ++i) {
      path += "/d";
    }
    return path;
  }();
  std::string long_path = "d";
  while (long_path.size() < 4095) {
    long_path += "/" + std::string(std::min<std::size_t>(200, 4095 - long_path.size()), 'x');
  }
  const std::string paths[] = {
      "",
      "/",
      "/etc/x",
      ".",
      "..",
      "../victim.txt",
      "./a",
      "a/.",
      "a/..",
      "a/../b",
      "a//b",
      "a/",
      "a/../../victim.txt",
      R"(a\u0000b)",
      ".git/hooks/post-checkout",
      "sub/.git/config",
      ".GIT/x",
      ".velocity/x",
      ".Velocity/x",
      "\xFF",
      "a\xC0\xAF..",
      std::string(256, 'n'),
      long_path,
      deep,
  };
  for (const std::string& path : paths) {
    const std::string shown = path.substr(0, 40);
    expect_refused(
        {shown.c_str(), archive(file_json(path, "hello"), raw({.name = path, .content = "hello"}))},
        ".velocity/manifest.json:");
  }
}

TEST_F(HostileArchiveTest, AManifestWithALinkThatLeavesThePackageIsRefused) {
  for (const std::string target :
       {"/etc/passwd", "/", "..", "../..", "../../victim.txt", "a/../../../victim.txt", "x/..", "",
        R"(a\u0000b)", "../x/../../y"}) {
    const std::string path = target == ".." ? "l" : "dist/l";
    expect_refused({target.c_str(), archive(link_json(path, target),
                                            raw({.name = path, .type = '2', .link = target}))},
                   "leaves the package");
  }
}

// B6: the very archive that wrote outside the workspace.
TEST_F(HostileArchiveTest, AFileBelowALinkIsRefused) {
  const std::string members = raw({.name = "dist/l", .type = '2', .link = "up"}) +
                              raw({.name = "dist/l/pwned", .content = "hello"});
  expect_refused(
      {"both listed",
       archive(link_json("dist/l", "up") + "," + file_json("dist/l/pwned", "hello"), members)});
  expect_refused({"only the file listed", archive(file_json("dist/l/pwned", "hello"), members)});
  expect_refused({"neither listed", archive("", members)});
  expect_refused({"an absolute link",
                  archive(file_json("dist/l/pwned", "hello"),
                          raw({.name = "dist/l", .type = '2', .link = temp.path().native()}) +
                              raw({.name = "dist/l/pwned", .content = "hello"}))});
}

TEST_F(HostileArchiveTest, AManifestThatContradictsItselfIsRefused) {
  const auto two = [](const std::string& a, const std::string& b) { return a + "," + b; };
  const Hostile table[] = {
      {"a file below a file", archive(two(file_json("a", "x"), file_json("a/b", "y")), "")},
      {"a file below a file, others between",
       archive(file_json("a", "x") + "," + file_json("a-b", "x") + "," + file_json("a/b", "y"),
               "")},
      {"a file below an empty directory",
       archive(two(directory_json("a"), file_json("a/b", "y")), "")},
      {"one path twice", archive(two(kHello, kHello), raw(hello()) + raw(hello()))},
      {"one path, two kinds", archive(two(kHello, link_json("dist/a.txt", "b")), raw(hello()))},
      {"not in order", archive(two(file_json("b", "x"), file_json("a", "x")), "")},
      {"more bytes than any machine has",
       archive(R"({"path":"a","sha256":")" + sha256("").hex() + R"(","size":18446744073709551615})",
               "")},
      {"a negative size",
       archive(R"({"path":"a","sha256":")" + sha256("").hex() + R"(","size":-1})", "")},
      {"a size with a fraction",
       archive(R"({"path":"a","sha256":")" + sha256("").hex() + R"(","size":5.0})", "")},
      {"an output without digest", archive(R"({"path":"a","size":1})", "")},
      {"an output of no kind", archive(R"({"path":"a","device":"sda"})", "")},
      {"an output that is no object", archive("[]", "")},
      {"a path that is no text", archive(R"({"path":1,"directory":true})", "")},
  };
  for (const Hostile& hostile : table) {
    expect_refused(hostile, ".velocity/manifest.json:");
  }
}

TEST_F(HostileArchiveTest, AManifestThatIsNoneIsRefused) {
  const auto with_manifest = [](const std::string& json) {
    return raw({.name = ".velocity/manifest.json", .content = json}) +
           raw({.name = ".velocity/log"}) + kEnd;
  };
  const auto without = [&](std::string_view text, std::string_view replacement) {
    std::string json = manifest_json("");
    json.replace(json.find(text), text.size(), replacement);
    return with_manifest(json);
  };
  const Hostile table[] = {
      {"empty", with_manifest("")},
      {"no JSON", with_manifest("hello")},
      {"an array", with_manifest("[]")},
      {"nested a hundred thousand deep", with_manifest(std::string(100'000, '['))},
      {"two values", with_manifest(manifest_json("") + "{}")},
      {"no outputs", without("\"outputs\"", "\"inputs\"")},
      {"outputs no array", without("[]", "{}")},
      {"another format", without("\"format\":1", "\"format\":2")},
      {"no format", without("\"format\":1,", "")},
      {"no key", without("\"key\"", "\"cay\"")},
      {"a key in upper case", without(test_key().hex(), std::string(64, 'A'))},
      {"another key", without(test_key().hex(), sha256("another").hex())},
      {"provenance no object", without("{}", "[]")},
      {"provenance of numbers", without("{}", "{\"a\":1}")},
      {"an exit status of 256", without("\"exit_status\":0", "\"exit_status\":256")},
      {"a negative exit status", without("\"exit_status\":0", "\"exit_status\":-1")},
      {"a label that is not UTF-8", without("web#", "\xFF\xFE#")},
  };
  for (const Hostile& hostile : table) {
    expect_refused(hostile);
  }
}

// The manifest is honest; the tar says something else.
TEST_F(HostileArchiveTest, AMemberThatIsNotWhatTheManifestSaysIsRefused) {
  const auto with = [](const std::function<void(RawMember&)>& change) {
    RawMember member = hello();
    change(member);
    return archive(kHello, raw(member));
  };
  const auto pax = [](char type, const std::string& records) {
    return archive(
        kHello, raw({.name = "././@PaxHeader", .content = records, .type = type}) + raw(hello()));
  };
  const Hostile table[] = {
      {"another name", with([](auto& m) { m.name = "dist/b.txt"; })},
      {"an absolute name", with([](auto& m) { m.name = "/dist/a.txt"; })},
      {"an escaping name", with([](auto& m) { m.name = "../victim.txt"; })},
      {"a detour", with([](auto& m) { m.name = "dist/./a.txt"; })},
      {"an empty name", with([](auto& m) { m.name = ""; })},
      {"a name with NUL and more", with([](auto& m) { m.name += std::string("\0x", 2); })},
      {"a hard link", with([](auto& m) { m.type = '1', m.link = "/etc/passwd"; })},
      {"a symbolic link", with([](auto& m) { m.type = '2', m.link = "/etc/passwd"; })},
      {"a character device", with([](auto& m) { m.type = '3'; })},
      {"a block device", with([](auto& m) { m.type = '4'; })},
      {"a directory", with([](auto& m) { m.type = '5'; })},
      {"a FIFO", with([](auto& m) { m.type = '6'; })},
      {"a contiguous file", with([](auto& m) { m.type = '7'; })},
      {"an old-style file", with([](auto& m) { m.type = '\0'; })},
      {"a sparse file", with([](auto& m) { m.type = 'S'; })},
      {"an exec bit too many", with([](auto& m) { m.mode = "0000755"; })},
      {"setuid", with([](auto& m) { m.mode = "0004644"; })},
      {"an owner", with([](auto& m) { m.uid = "0001750"; })},
      {"another time", with([](auto& m) { m.mtime = "14000000000"; })},
      {"GNU magic", with([](auto& m) { m.magic = "ustar  "; })},
      {"a broken checksum", with([](auto& m) { m.checksum_error = 1; })},
      {"other content", with([](auto& m) { m.content = "HELLO"; })},
      {"content shorter", with([](auto& m) { m.content = "hell"; })},
      {"content longer", with([](auto& m) { m.content = "hello!"; })},
      {"padding that is not zero", with([](auto& m) { m.padding_lie = 1; })},
      {"a size that lies high", with([](auto& m) { m.size_field = "00000001000"; })},
      {"a size that lies low", with([](auto& m) { m.size_field = "00000000001"; })},
      {"a negative size", with([](auto& m) { m.size_field = "-0000000005"; })},
      {"a size in base 256",
       with([](auto& m) { m.size_field = std::string("\x80\0\0\0\0\0\0\0\0\0\0\5", 12); })},
      {"a negative size in base 256",
       with([](auto& m) { m.size_field = std::string(12, '\xFF'); })},
      {"a size in spaces", with([](auto& m) { m.size_field = "         5 "; })},
      {"a pax path", pax('x', "21 path=../victim.txt\n")},
      {"a pax size", pax('x', "10 size=0\n")},
      {"a pax link", pax('x', "17 linkpath=/etc\n")},
      {"pax junk", pax('x', "999999999999999999999 path=x\n")},
      {"pax without end", pax('x', "99 path=")},
      {"pax of nothing", pax('x', "")},
      {"a global pax path", pax('g', "21 path=../victim.txt\n")},
      {"a GNU long name", pax('L', "../victim.txt")},
      {"a GNU long link", pax('K', "/etc/passwd")},
  };
  for (const Hostile& hostile : table) {
    expect_refused(hostile);
  }
}

TEST_F(HostileArchiveTest, MembersMissingOrTooManyAreRefused) {
  const std::string two = kHello + "," + file_json("dist/b.txt", "b");
  const std::string b = raw({.name = "dist/b.txt", .content = "b"});
  const std::string manifest =
      raw({.name = ".velocity/manifest.json", .content = manifest_json(kHello)});
  const std::string log = raw({.name = ".velocity/log"});
  const Hostile table[] = {
      {"nothing at all", ""},
      {"only an end", kEnd},
      {"a file that is not listed", archive(kHello, raw(hello()) + b)},
      {"a file before the listed one", archive(file_json("dist/b.txt", "b"), raw(hello()) + b)},
      {"a listed file missing", archive(two, raw(hello()))},
      {"the first listed file missing", archive(two, b)},
      {"not in order", archive(two, b + raw(hello()))},
      {"a member twice", archive(kHello, raw(hello()) + raw(hello()))},
      {"a directory that goes without saying",
       archive(kHello, raw({.name = "dist/", .type = '5', .mode = "0000755"}) + raw(hello()))},
      {"no manifest", log + raw(hello()) + kEnd},
      {"the manifest second", log + manifest + raw(hello()) + kEnd},
      {"the manifest last", log + raw(hello()) + manifest + kEnd},
      {"the manifest twice", manifest + manifest + log + raw(hello()) + kEnd},
      {"the manifest again at the end", manifest + log + raw(hello()) + manifest + kEnd},
      {"no log", manifest + raw(hello()) + kEnd},
      {"the log twice", manifest + log + log + raw(hello()) + kEnd},
      {"a manifest that is a link",
       raw({.name = ".velocity/manifest.json", .type = '2', .link = "/etc/passwd"}) + log + kEnd},
      {"no end", manifest + log + raw(hello())},
      {"half an end", manifest + log + raw(hello()) + std::string(512, '\0')},
      {"an end and more", archive(kHello, raw(hello())) + raw(hello())},
      {"zeros after the end", archive(kHello, raw(hello())) + std::string(10240, '\0')},
  };
  for (const Hostile& hostile : table) {
    expect_refused(hostile);
  }
}

TEST_F(HostileArchiveTest, ABombGoesOffBeforeItIsRead) {
  // 1 GiB of zeros in 32 KiB, behind an honest archive and as a log.
  std::string bomb;
  ZstdWriter zstd([&](ByteView chunk) -> Result<void> {
    bomb += as_text(chunk);
    return {};
  });
  ASSERT_TRUE(zstd.write(as_bytes(archive(kHello, raw(hello())))));
  const std::string zeros(1 << 20, '\0');
  for (int i = 0; i < 64; ++i) {
    ASSERT_TRUE(zstd.write(as_bytes(zeros)));
  }
  ASSERT_TRUE(zstd.finish());
  std::size_t taken = 0;
  const auto source = source_of(bomb, 256);
  fs::create_directory(staging);
  const UniqueFd fd = open_file(staging, O_RDONLY | O_DIRECTORY).value();
  const auto unpacked = unpack_archive(
      [&](std::span<std::byte> room) {
        auto count = source(room);
        taken += count.value_or(0);
        return count;
      },
      fd.get(), test_key());
  ASSERT_FALSE(unpacked);
  EXPECT_EQ(unpacked.error().code, Errc::corrupt);
  EXPECT_LT(taken, bomb.size() / 2);
}

TEST_F(HostileArchiveTest, AHeaderThatClaimsAHugeManifestAllocatesNothing) {
  RawMember manifest{.name = ".velocity/manifest.json", .content = manifest_json("")};
  manifest.size_field = "77777777777";
  expect_refused({"8 GiB", raw(manifest) + kEnd});
  manifest.size_field = fmt::format("{:011o}", ArchiveLimits{}.manifest_bytes_max);
  expect_refused({"just allowed, and not there", raw(manifest) + kEnd});
}

TEST_F(HostileArchiveTest, AFrameThatAsksForMuchMemoryIsRefused) {
  // A frame header with a window of 128 MiB (RFC 8878, section 3.1.1.1.2), then an empty block.
  const std::string frame("\x28\xB5\x2F\xFD\x00\x88\x01\x00\x00", 9);
  fs::create_directory(staging);
  const UniqueFd fd = open_file(staging, O_RDONLY | O_DIRECTORY).value();
  const auto unpacked = unpack_archive(source_of(frame), fd.get(), test_key());
  ASSERT_FALSE(unpacked);
  EXPECT_EQ(unpacked.error().code, Errc::corrupt);
  EXPECT_NE(unpacked.error().message.find("memory"), std::string::npos) << unpacked.error().message;
}

TEST_F(HostileArchiveTest, MessagesCannotSteerATerminal) {
  const auto unpacked = unpack(archive(file_json(R"(a/../\u001b[2J)", "x"), ""));
  ASSERT_FALSE(unpacked);
  EXPECT_EQ(unpacked.error().message.find('\x1b'), std::string::npos);
  EXPECT_NE(unpacked.error().message.find("\\x1b"), std::string::npos);
}

}  // namespace
}  // namespace vc::agent
