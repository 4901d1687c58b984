class Half <
  def missing(a, b
    if a ==
      puts "unclosed #{a + "
    end

  def heredoc
    x = <<~NEVER_CLOSED_HEREDOC_NAME + <<-OTHER
      text #{open
    OTHER_NAME
  end

  [1, 2, 3.each do |x
    x +
  }

  case when then in
  words = %w[a b (c
  hash = { a: , b => }
  -> (x { x }
  unless else end end end
  /regex #{ unclosed
@@ $ ; :"
