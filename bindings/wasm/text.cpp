// The little of C's formatted output that the waist's errors need, in a twentieth of the space of the C library's: %s, %d,
// %lld and %.*g with the few digits that tell floats apart. The linker puts these in the place of the library's (--wrap).
#include <cstdarg>
#include <cstddef>

namespace {

struct Text {
  char* out;
  std::size_t size;
  std::size_t length = 0;

  void add(char c) {
    if (length + 1 < size) out[length] = c;
    ++length;
  }
  void add(const char* text) {
    while (*text != '\0') add(*text++);
  }
  void add(long long value, int least_digits = 1) {
    char digits[24];
    int n = 0;
    auto rest = value < 0 ? 0ull - static_cast<unsigned long long>(value) : static_cast<unsigned long long>(value);
    if (value < 0) add('-');
    for (; rest > 0 || n < least_digits; rest /= 10) digits[n++] = static_cast<char>('0' + rest % 10);
    while (n > 0) add(digits[--n]);
  }
  int finish() {
    if (size > 0) out[length < size ? length : size - 1] = '\0';
    return static_cast<int>(length);
  }
};

// x times 10 to the power; one rounding when the power is at most 22, as 10^22 is a double.
double scaled(double x, int power) {
  for (; power > 22; power -= 22) x *= 1e22;
  for (; power < -22; power += 22) x /= 1e22;
  double ten = 1.0;
  for (int i = power < 0 ? -power : power; i > 0; --i) ten *= 10.0;
  return power < 0 ? x / ten : x * ten;
}

// As printf's %g: so many digits without zeros at the end, and an exponent below 1e-4 and from 10^digits on.
void add_number(Text& text, double x, int digits) {
  if (x != x) return text.add("nan");
  if (__builtin_signbit(x)) text.add('-');
  x = __builtin_fabs(x);
  if (x - x != 0.0) return text.add("inf");
  if (x == 0.0) return text.add('0');
  if (digits > 15) digits = 15;
  int exponent = 0;  // of the first digit
  for (double y = x; y >= 10.0; y /= 10.0) ++exponent;
  for (double y = x; y < 1.0; y *= 10.0) --exponent;
  const double limit = scaled(1.0, digits);
  double whole = __builtin_nearbyint(scaled(x, digits - 1 - exponent));
  if (whole >= limit) whole = __builtin_nearbyint(scaled(x, digits - 1 - ++exponent));
  if (whole < limit / 10.0) whole = __builtin_nearbyint(scaled(x, digits - 1 - --exponent));
  auto mantissa = static_cast<long long>(whole);
  int n = digits;
  for (; n > 1 && mantissa % 10 == 0; --n) mantissa /= 10;
  char figures[24];
  for (int i = n; i-- > 0; mantissa /= 10) figures[i] = static_cast<char>('0' + mantissa % 10);
  const bool scientific = exponent < -4 || exponent >= digits;
  const int before = scientific ? 1 : exponent + 1;  // figures before the point
  if (before <= 0) {
    text.add("0.");
    for (int i = before; i < 0; ++i) text.add('0');
  }
  for (int i = 0; i < n || i < before; ++i) {
    if (i == before && i > 0) text.add('.');
    text.add(i < n ? figures[i] : '0');
  }
  if (!scientific) return;
  text.add('e');
  text.add(exponent < 0 ? '-' : '+');
  text.add(static_cast<long long>(exponent < 0 ? -exponent : exponent), 2);
}

}  // namespace

extern "C" {

int __wrap_vsnprintf(char* out, std::size_t size, const char* format, va_list args) {
  Text text{out, size};
  for (const char* f = format; *f != '\0'; ++f) {
    if (*f != '%') {
      text.add(*f);
      continue;
    }
    switch (*++f) {
    case 's': text.add(va_arg(args, const char*)); break;
    case 'd': text.add(static_cast<long long>(va_arg(args, int))); break;
    case 'l': text.add(va_arg(args, long long)), f += 2; break;  // lld
    case '.': {                                                  // .*g
      const int digits = va_arg(args, int);
      add_number(text, va_arg(args, double), digits);
      f += 2;
      break;
    }
    default: text.add(*f);
    }
  }
  return text.finish();
}

int __wrap_snprintf(char* out, std::size_t size, const char* format, ...) {
  va_list args;
  va_start(args, format);
  const int length = __wrap_vsnprintf(out, size, format, args);
  va_end(args);
  return length;
}

// Reads back what add_number wrote.
double __wrap_strtod(const char* text, char**) {
  const bool negative = *text == '-';
  if (negative) ++text;
  if (*text == 'i') return negative ? -__builtin_inf() : __builtin_inf();
  double mantissa = 0.0;
  int power = 0;
  for (bool after = false; (*text >= '0' && *text <= '9') || *text == '.'; ++text) {
    if (*text == '.') {
      after = true;
      continue;
    }
    mantissa = mantissa * 10.0 + (*text - '0');
    power -= after;
  }
  if (*text == 'e') {
    const bool down = *++text == '-';
    int exponent = 0;
    for (++text; *text >= '0' && *text <= '9'; ++text) exponent = exponent * 10 + (*text - '0');
    power += down ? -exponent : exponent;
  }
  const double x = scaled(mantissa, power);
  return negative ? -x : x;
}

}  // extern "C"
