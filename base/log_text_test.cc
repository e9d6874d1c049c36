#include "base/log_text.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace warren::base {
namespace {

using namespace std::string_literals;

std::string Value(std::string_view value) {
  std::string out;
  AppendLogValue(&out, value);
  return out;
}

TEST(LogTextTest, PlainValuesStayBare) {
  EXPECT_EQ(Value("orders"), "orders");
  EXPECT_EQ(Value("/"), "/");
  EXPECT_EQ(Value("10.0.0.1:5672"), "10.0.0.1:5672");
}

TEST(LogTextTest, OthersAreQuoted) {
  EXPECT_EQ(Value(""), R"("")");
  EXPECT_EQ(Value("my queue"), R"("my queue")");
  EXPECT_EQ(Value("a=b"), R"("a=b")");
  EXPECT_EQ(Value(R"(say "hi" \o/)"), R"("say \"hi\" \\o/")");
}

// A queue may be called anything; a second line, or a field of its own, it does not get.
TEST(LogTextTest, LinesCannotBeForged) {
  EXPECT_EQ(Value("x\n2024-01-01 error disk.full"), R"("x\n2024-01-01 error disk.full")");
  EXPECT_EQ(Value("x\r\ty"), R"("x\r\ty")");
  EXPECT_EQ(Value("x\" user=\"admin"), R"("x\" user=\"admin")");
  EXPECT_EQ(Value("nul\0byte"s), R"("nul\x00byte")");
  EXPECT_EQ(Value("\x1B[2J"), R"("\x1b[2J")");
  EXPECT_EQ(Value("\x7F"), R"("\x7f")");
}

TEST(LogTextTest, PrintableUnicodeIsKept) {
  EXPECT_EQ(Value("größe"), "\"größe\"");
  EXPECT_EQ(Value("兎"), "\"兎\"");
  EXPECT_EQ(Value("🐇"), "\"🐇\"");
}

TEST(LogTextTest, UnprintableUnicodeIsEscaped) {
  EXPECT_EQ(Value("\xC2\x9B"), R"("\xc2\x9b")");          // U+009B, a control sequence's start.
  EXPECT_EQ(Value("\xE2\x80\xA8"), R"("\xe2\x80\xa8")");  // U+2028, a line separator.
  EXPECT_EQ(Value("\xE2\x80\xAE"), R"("\xe2\x80\xae")");  // U+202E, turns the direction.
  EXPECT_EQ(Value("\xE2\x81\xA6"), R"("\xe2\x81\xa6")");  // U+2066, likewise.
}

TEST(LogTextTest, BytesThatAreNotUtf8AreEscaped) {
  EXPECT_EQ(Value("\xFF"), R"("\xff")");
  EXPECT_EQ(Value("\x80"), R"("\x80")");                          // A continuation alone.
  EXPECT_EQ(Value("\xC3"), R"("\xc3")");                          // Cut off.
  EXPECT_EQ(Value("\xC3("), R"("\xc3(")");                        // Not continued.
  EXPECT_EQ(Value("\xC0\x8A"), R"("\xc0\x8a")");                  // A newline in overlong form.
  EXPECT_EQ(Value("\xE0\x80\x8A"), R"("\xe0\x80\x8a")");          // Likewise.
  EXPECT_EQ(Value("\xED\xA0\x80"), R"("\xed\xa0\x80")");          // A surrogate.
  EXPECT_EQ(Value("\xF4\x90\x80\x80"), R"("\xf4\x90\x80\x80")");  // Beyond the last.
}

TEST(LogTextTest, LongValuesAreCutBetweenCharacters) {
  EXPECT_EQ(Value(std::string(1024, 'x')), std::string(1024, 'x'));
  EXPECT_EQ(Value(std::string(1030, 'x')), "\"" + std::string(1024, 'x') + "... 6 bytes more\"");
  const std::string rabbit = "🐇";
  std::string rabbits = "x";
  while (rabbits.size() < 2000) rabbits += rabbit;
  const std::string cut = Value(rabbits);
  EXPECT_EQ(cut.find("\\x"), cut.npos) << cut;
  EXPECT_NE(cut.find(" bytes more"), cut.npos);
  // Bytes that only look like the inside of a character do not move the cut far.
  EXPECT_LT(Value(std::string(3000, '\x80')).size(), 4 * 1024 + 40u);
}

TEST(LogTextTest, PasswordsInUrisAreRedacted) {
  EXPECT_EQ(RedactUris("amqp://guest:s3cret@host:5672/vh"), "amqp://guest:<redacted>@host:5672/vh");
  EXPECT_EQ(RedactUris("amqps://:p@h"), "amqps://:<redacted>@h");
  EXPECT_EQ(RedactUris("amqp://u:a:b@h"), "amqp://u:<redacted>@h");
  EXPECT_EQ(RedactUris("amqp://u:a@b@h"), "amqp://u:<redacted>@h");
  EXPECT_EQ(RedactUris("amqp://u:a/b?c@h/v"), "amqp://u:<redacted>@h/v");
}

TEST(LogTextTest, UrisWithoutPasswordsStay) {
  for (const std::string_view text :
       {"amqp://host:5672/vh", "amqp://user@host", "http://[::1]:15672/api?columns=name", "://", "",
        "no uri: a@b", "http://h/?a=1&b=2#c"}) {
    EXPECT_EQ(RedactUris(text), text);
  }
}

TEST(LogTextTest, SecretQueryParametersAreRedacted) {
  EXPECT_EQ(RedactUris("http://h/p?access_token=abc&x=1"),
            "http://h/p?access_token=<redacted>&x=1");
  EXPECT_EQ(RedactUris("amqps://h?x=1&Password=abc"), "amqps://h?x=1&Password=<redacted>");
  EXPECT_EQ(RedactUris("http://h?password=a&secret=b#f"),
            "http://h?password=<redacted>&secret=<redacted>#f");
}

TEST(LogTextTest, EveryUriOfATextIsRedacted) {
  EXPECT_EQ(RedactUris("from amqp://a:b@c to 'amqp://d:e@f', then mail x@y"),
            "from amqp://a:<redacted>@c to 'amqp://d:<redacted>@f', then mail x@y");
}

// The '@' that gives the password away stands behind the cut.
TEST(LogTextTest, ValuesAreRedactedBeforeTheyAreCut) {
  const std::string value = Value("amqp://u:hunter2" + std::string(2000, 'x') + "@h");
  EXPECT_EQ(value, "amqp://u:<redacted>@h");
}

TEST(LogTextTest, SecretNamesAreRecognised) {
  for (const std::string_view name :
       {"password", "Password", "user_passwd", "password_hash", "client_secret", "TOKEN",
        "access_token", "authorization", "Authorization", "cookie", "erlang_cookie", "credentials",
        "private_key", "api_key", "passphrase"}) {
    EXPECT_TRUE(IsSecretName(name)) << name;
  }
  for (const std::string_view name :
       {"queue", "user", "vhost", "routing_key", "pass_through", ""}) {
    EXPECT_FALSE(IsSecretName(name)) << name;
  }
}

}  // namespace
}  // namespace warren::base
