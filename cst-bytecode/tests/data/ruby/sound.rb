# frozen_string_literal: true
require 'json'

module Library
  class Shelf < Base::Store
    include Enumerable
    attr_reader :books, :"quoted symbol"
    LIMIT = 1_000r

    def initialize(books = [], *rest, name:, size: 3, **options, &block)
      @books, @@count, $global = books, 0x1f, nil
      text = <<~A_HEREDOC_WITH_A_LONG_NAME + <<-'SECOND_HEREDOC_RAW'
        Hello #{name.map { |n| "inner #{n + 1}" }.join(', ')}
          deeper \t text
      A_HEREDOC_WITH_A_LONG_NAME
        raw #{not interpolated}
        SECOND_HEREDOC_RAW
      super(text, &block) unless books.empty?
    end

    def each
      return to_enum(:each) unless block_given?
      @books.each_with_index do |(title, year), index|
        next if title =~ /\A[a-z]+#{index}\/(?<rest>.*)\z/ix
        yield title, year rescue retry
      end
    end

    def self.[](key) = new(name: key)
    private def ==(other) = other.is_a?(Shelf) && !!other
  end
end

words = %w[a b #{c}] + %i(d e) << %q{braces {nested} here} << %(paren #{1 + 1})
value = case words
        in [String => first, *rest] if rest.any? then first
        in {name: /x/, age: 18..} then nil
        else words&.first || ?a
        end
puts [1, 2].map(&:to_s).reduce { _1 + _2 }, value ? "yes" : :no
begin
  hash = { 'key' => 1, sym: -> (x, y = 2) { x ** y }, "str": `ls` }
rescue ArgumentError, TypeError => e then puts e
ensure p __FILE__, hash[:sym].(2) / 3 if $!
end while false
__END__
anything
