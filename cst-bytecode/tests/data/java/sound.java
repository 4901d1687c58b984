package org.example.library;

import static java.util.Map.entry;
import java.util.*;

/** A shelf. */
@SuppressWarnings({"unchecked", "rawtypes"})
public sealed abstract class Shelf<T extends Comparable<? super T> & Cloneable> permits Shelf.Small {
    private static final long LIMIT = 0xFFFF_FFFFL;
    protected volatile int[][] cells = new int[3][];

    public record Book(String title, int... pages) implements Comparable<Book> {
        public Book { Objects.requireNonNull(title); }
        @Override public int compareTo(Book other) { return title.compareTo(other.title()); }
    }

    enum Level { LOW(1) { @Override int weight() { return 0; } }, HIGH(2); Level(int n) {} int weight() { return 1; } }

    static final class Small extends Shelf<String> {}

    public <E extends Exception> List<? extends T> find(final String name) throws E {
        var text = """
            A text block with "quotes"
              and depth \
            """;
        outer:
        for (int i = 0, n = name.length(); i < n; i++) {
            for (char c : name.toCharArray()) {
                if (c == '\u0041') continue outer;
                else break;
            }
        }
        try (var in = open(); Reader r = in) {
            return switch (name) {
                case "a", "b" -> List.of();
                case String s when s.isEmpty() -> { yield null; }
                default -> throw new IllegalStateException("no " + name);
            };
        } catch (IOException | RuntimeException e) {
            synchronized (this) { assert e != null : "null"; }
        } finally { do { cells[0]++; } while (cells[0].length >>> 1 > 0); }
        Runnable run = () -> System.out.println((int) 3.5f + ~1);
        return this instanceof Small small ? (List<T>) List.<T>of() : Shelf.super::find;
    }
}
