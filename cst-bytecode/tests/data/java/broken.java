package ;
import java.util.

public class Half<T extends {
    private int x = ;
    public void missing(int a, String b {
        for (int i = 0; i < 10; i++ {
            System.out.println("unclosed);
        }
        if (a > ) return
        int[] c = {1, 2, ;
    }

    enum { A, B(; }
    record R(int a int b) {}

    void switched() {
        switch (x) { case -> 1; default }
        try { } 
        String s = """
            no end
        new ;
    }
} }
@interface 
