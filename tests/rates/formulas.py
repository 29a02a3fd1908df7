"""The formulas of the decay rates in plain Python, one function for each, for comparison with the package.

They were checked, one by one, against brute-force sums over spins and polarisations. Numbers are Python floats and
complex; masses in GeV. ``t`` in a name is a tilde, ``mK`` the mass of the meson in the final state, K or K*, and the
names are those of Bolton et al., arXiv:2403.13887, Appendix B. Results are (total,) or (longitudinal, transverse).
"""

from math import pi, sqrt

# fmt: off


def sq(x):
    return abs(x) ** 2


def Re(x, y):
    return (complex(x) * complex(y).conjugate()).real



def kinematics(mB, mK, mX, q2):
    M    = mB + mK
    d    = 1 - mK**2/mB**2
    lam  = (mB**2 - q2 - mK**2)**2 - 4*q2*mK**2
    p    = sqrt(max(lam, 0))/(2*mB)
    b2   = 1 - 4*mX**2/q2
    beta = sqrt(max(b2, 0))
    bp2  = (3 - b2)/2
    bpp2 = 3 - 2*b2
    J_V    = (3 - 2*b2 + 3*b2**2)/4
    J_Psi  = (9 - 6*b2 + 5*b2**2)/8
    J_Psip = (5 - 6*b2 + 9*b2**2)/8
    J_VV   = (15 - 15*b2 + 25*b2**2 - 9*b2**3)/16
    J_VA   = (5 - 2*b2 + 5*b2**2)/8
    J_TT   = (15 - 20*b2 + 23*b2**2 - 10*b2**3)/8
    J_TS   = (9 - 5*b2)/4
    J_TP   = (7 - 3*b2)/4
    J_TtS  = (11 - 5*b2)/6
    J_VVTT  = (15 - 10*b2 + 19*b2**2)/24
    J_VVTtP = (15 - 10*b2 + 3*b2**2)/8
    J_TtTTP  = (3 + b2)/4
    J_TtTTtS = (-3 + 5*b2)/2
    return dict(locals())


def T_E(TT, TS, TtP, J_TS, J_TT, b2, bp2):
    return ( sq(TT)*J_TT + 1/4*sq(TS)*b2**2*J_TS + 5/16*sq(TtP)*bp2*(1-b2)
           + Re(TT,TS)*b2**2*J_TS + 5/4*Re(TT,TtP)*bp2*(1-b2) )


def T_B(TtT, TP, TtS, J_Psi, J_TP, J_TtS, J_TtTTP, J_TtTTtS, b2):
    return ( sq(TtT)*b2*J_Psi + 1/4*sq(TP)*b2*J_TP + 3/16*sq(TtS)*b2*(1-b2)*J_TtS
           + Re(TtT,TP)*b2*J_TtTTP - 1/4*Re(TtT,TtS)*b2*(1-b2)*J_TtTTtS - 1/2*Re(TP,TtS)*b2*(1-b2) )


def I_VT(V_, TT, TS, TtP, J_VVTT, J_VVTtP, b2):
    return 6*Re(V_,TT)*J_VVTT + 2*Re(V_,TS)*b2**2 + Re(V_,TtP)*J_VVTtP


def K_phi(*, d, f0, g_S, mB, mb, ms, p):
    total = sq(g_S)/(8*pi) * p*mB**2*d**2/(mb-ms)**2 * f0**2
    return (total,)


def Kst_phi(*, A0, g_P, mb, ms, p):
    long  = sq(g_P)/(2*pi) * p**3/(mb+ms)**2 * A0**2
    trans = 0
    return (long, trans)


def K_dphi(*, Lam, d, f0, g_V, mB, p):
    total = sq(g_V)/(8*pi*Lam**2) * p*mB**2*d**2 * f0**2
    return (total,)


def Kst_dphi(*, A0, Lam, g_A, p):
    long  = sq(g_A)/(2*pi*Lam**2) * p**3 * A0**2
    trans = 0
    return (long, trans)


def K_V(*, Lam, M, fT, fp, h_T, h_V, mX, p):
    total = p/(2*pi) * ( sq(h_V)*p**2/mX**2*fp**2
                       + 4*sq(h_T)*p**2/Lam**2*mX**2/M**2*fT**2
                       + 4*Re(h_V,h_T)*p**2/(M*Lam)*fp*fT )
    return (total,)


def Kst_V(*, A1, A12, Lam, M, T1, T2, T23, V, d, h_A, h_T, h_Tt, h_V, mB, mK, mX, p):
    long  = p/(2*pi) * ( sq(h_A)*16*mK**2/mX**2*A12**2
                       + 2*sq(h_Tt)*mX**2/Lam**2*8*mK**2/M**2*T23**2
                       - 2*Re(h_A,h_Tt)*M/Lam*16*mK**2/M**2*A12*T23 )
    trans = p/(2*pi) * ( 2*sq(h_V)*p**2/M**2*V**2
                       + sq(h_A)*M**2/(2*mB**2)*A1**2
                       + 8*sq(h_T)*p**2/Lam**2*T1**2
                       + 2*sq(h_Tt)*mB**2*d**2/Lam**2*T2**2
                       + 8*Re(h_V,h_T)*p**2/(M*Lam)*V*T1
                       - 2*Re(h_A,h_Tt)*M/Lam*d*A1*T2 )
    return (long, trans)


def K_phiphi(*, Lam, b2, beta, d, f0, fp, g_SS, g_VV, mB, mb, ms, p):
    total = beta/(96*pi**3) * p/Lam**2 * ( 3/4*sq(g_SS)*mB**2*d**2/(mb-ms)**2*f0**2
                                         + sq(g_VV)*p**2/Lam**2*b2*fp**2 )
    return (total,)


def Kst_phiphi(*, A0, A1, A12, Lam, M, V, b2, beta, g_AV, g_PS, g_VV, mB, mK, mb, ms, p, q2):
    long  = beta/(96*pi**3) * p/Lam**2 * ( 3*sq(g_PS)*p**2/(mb+ms)**2*A0**2
                                         + sq(g_AV)*q2/Lam**2*b2*16*mK**2/q2*A12**2 )
    trans = beta/(96*pi**3) * p/Lam**2 * q2/Lam**2*b2 * ( sq(g_AV)*M**2/(2*mB**2)*A1**2
                                         + sq(g_VV)*2*p**2/M**2*V**2 )
    return (long, trans)


def K_psipsi(*, Lam, M, b2, beta, bp2, bpp2, d, f0, fT, f_SP, f_SS, f_TT, f_TtT, f_VA, f_VV, fp, mB, mX, mb,
        ms, p, q2):
    total = beta/(24*pi**3) * p*q2/Lam**4 * (
            ( (sq(f_VV)*bp2 + sq(f_VA)*b2)*fp + 12*Re(f_VV,f_TT)*mX/M*fT ) * p**2/q2*fp
          + 3/8*( 4*sq(f_VA)*mX**2*(mb-ms)**2/q2**2 + sq(f_SS)*b2 + sq(f_SP)
                  + 4*Re(f_VA,f_SP)*mX*(mb-ms)/q2 ) * mB**2*d**2/(mb-ms)**2*f0**2
          + 2*( sq(f_TT)*bpp2 + sq(f_TtT)*b2 ) * p**2/M**2*fT**2 )
    return (total,)


def Kst_psipsi(*, A0, A1, A12, Lam, M, T1, T2, T23, V, b2, beta, bp2, bpp2, d, f_AA, f_AV, f_PP, f_PS, f_TT,
        f_TtT, f_VA, f_VV, mB, mK, mX, mb, ms, p, q2):
    pre   = beta/(24*pi**3) * p*q2/Lam**4
    long  = pre * ( (sq(f_AV)*bp2 + sq(f_AA)*b2) * 16*mK**2/q2*A12**2
          + 3/2*( 4*sq(f_AA)*mX**2*(mb+ms)**2/q2**2 + sq(f_PS)*b2 + sq(f_PP)
                  - 4*Re(f_AA,f_PP)*mX*(mb+ms)/q2 ) * p**2/(mb+ms)**2*A0**2
          + (sq(f_TT)*b2 + sq(f_TtT)*bpp2) * 8*mK**2/M**2*T23**2
          - 6*Re(f_AV,f_TtT)*mX*M/q2 * 16*mK**2/M**2*A12*T23 )
    trans = pre * ( 2*(sq(f_VV)*bp2 + sq(f_VA)*b2) * p**2/M**2*V**2
          + (sq(f_AV)*bp2 + sq(f_AA)*b2) * M**2/(2*mB**2)*A1**2
          + 4*( (sq(f_TT)*bpp2 + sq(f_TtT)*b2)*T1 + 6*Re(f_VV,f_TT)*mX/M*V ) * p**2/q2*T1
          + (sq(f_TT)*b2 + sq(f_TtT)*bpp2) * mB**2*d**2/q2*T2**2
          - 6*Re(f_AV,f_TtT)*mX*M/q2 * d*A1*T2 )
    return (long, trans)


def K_VV(*, J_V, Lam, beta, d, f0, h_S, mB, mX, mb, ms, p, q2):
    total = beta*sq(h_S)*p*q2**2/(512*pi**3*mX**4*Lam**2) * J_V * mB**2*d**2/(mb-ms)**2*f0**2
    return (total,)


def Kst_VV(*, A0, J_V, Lam, beta, h_P, mX, mb, ms, p, q2):
    long  = beta*sq(h_P)*p**3*q2**2/(128*pi**3*mX**4*Lam**2) * J_V/(mb+ms)**2*A0**2
    trans = 0
    return (long, trans)


def K_PsiPsi(*, F_SP, F_SS, F_TP, F_TS, F_TT, F_TtP, F_TtS, F_TtT, F_VA, F_VV, J_Psi, J_Psip, J_TP, J_TS,
        J_TT, J_TtS, J_TtTTP, J_TtTTtS, J_VA, J_VV, J_VVTT, J_VVTtP, Lam, M, b2, beta, bp2, d, f0, fT, fp, mB,
        mX, mb, ms, p, q2):
    total = beta/(216*pi**3) * p*q2**3/(mX**4*Lam**4) * (
            ( (sq(F_VV)*J_VV + sq(F_VA)*b2*J_VA)*fp + 2*I_VT(F_VV,F_TT,F_TS,F_TtP, J_VVTT, J_VVTtP, b2)*mX/M*fT ) *
            p**2/q2*fp
          + 3/8*( sq(F_VA)*(1-b2)*J_Psi*(mb-ms)**2/q2 + sq(F_SS)*b2*J_Psip + sq(F_SP)*J_Psi
                  + 4*Re(F_VA,F_SP)*J_Psi*mX*(mb-ms)/q2 ) * mB**2*d**2/(mb-ms)**2*f0**2
          + 2*( T_E(F_TT,F_TS,F_TtP, J_TS, J_TT, b2, bp2) + T_B(F_TtT,F_TP,F_TtS, J_Psi, J_TP, J_TtS, J_TtTTP,
            J_TtTTtS, b2) ) * p**2/M**2*fT**2 )
    return (total,)


def Kst_PsiPsi(*, A0, A1, A12, F_AA, F_AV, F_PP, F_PS, F_TP, F_TS, F_TT, F_TtP, F_TtS, F_TtT, F_VA, F_VV,
        J_Psi, J_Psip, J_TP, J_TS, J_TT, J_TtS, J_TtTTP, J_TtTTtS, J_VA, J_VV, J_VVTT, J_VVTtP, Lam, M, T1,
        T2, T23, V, b2, beta, bp2, d, mB, mK, mX, mb, ms, p, q2):
    pre   = beta/(216*pi**3) * p*q2**3/(mX**4*Lam**4)
    E1    = T_E(F_TT,F_TS,F_TtP, J_TS, J_TT, b2, bp2) + T_B(F_TtT,F_TP,F_TtS, J_Psi, J_TP, J_TtS, J_TtTTP, J_TtTTtS,
            b2)
    E2    = T_E(F_TtT,F_TtS,F_TP, J_TS, J_TT, b2, bp2) + T_B(F_TT,F_TtP,F_TS, J_Psi, J_TP, J_TtS, J_TtTTP, J_TtTTtS,
            b2)
    I1    = I_VT(F_VV,F_TT,F_TS,F_TtP, J_VVTT, J_VVTtP, b2)
    I2    = I_VT(F_AV,F_TtT,F_TtS,F_TP, J_VVTT, J_VVTtP, b2)
    long  = pre * ( (sq(F_AV)*J_VV + sq(F_AA)*b2*J_VA) * 16*mK**2/q2*A12**2
          + 3/2*( sq(F_AA)*(1-b2)*J_Psi*(mb+ms)**2/q2 + sq(F_PS)*b2*J_Psip + sq(F_PP)*J_Psi
                  - 4*Re(F_AA,F_PP)*J_Psi*mX*(mb+ms)/q2 ) * p**2/(mb+ms)**2*A0**2
          + E2 * 8*mK**2/M**2*T23**2
          - I2*mX*M/q2 * 16*mK**2/M**2*A12*T23 )
    trans = pre * ( 2*(sq(F_VV)*J_VV + sq(F_VA)*b2*J_VA) * p**2/M**2*V**2
          + (sq(F_AV)*J_VV + sq(F_AA)*b2*J_VA) * M**2/(2*mB**2)*A1**2
          + 4*( E1*T1 + I1*mX/M*V ) * p**2/q2*T1
          + E2 * mB**2*d**2/q2*T2**2
          - I2*mX*M/q2 * d*A1*T2 )
    return (long, trans)


def Bs_phiphi(*, Lam, beta, fBs, g_PS, mB, mb, ms):
    total = beta/(16*pi) * fBs**2*mB/Lam**2 * sq(g_PS)*mB**2/(mb+ms)**2
    return (total,)


def Bs_psipsi(*, Lam, b2, beta, fBs, f_AA, f_PP, f_PS, mB, mX, mb, ms):
    total = beta/(8*pi) * fBs**2*mB**3/Lam**4 * ( 4*sq(f_AA)*mX**2*(mb+ms)**2/mB**4 + sq(f_PS)*b2 + sq(f_PP)
            - 4*Re(f_AA,f_PP)*mX*(mb+ms)/mB**2 ) * mB**2/(mb+ms)**2
    return (total,)


def Bs_VV(*, J_V, Lam, beta, fBs, h_P, mB, mX, mb, ms):
    total = beta*sq(h_P)*fBs**2*mB**5/(64*pi*mX**4*Lam**2) * J_V * mB**2/(mb+ms)**2
    return (total,)


def Bs_PsiPsi(*, F_AA, F_PP, F_PS, J_Psi, J_Psip, Lam, b2, beta, fBs, mB, mX, mb, ms):
    total = beta/(72*pi) * fBs**2*mB**7/(mX**4*Lam**4) * ( 4*sq(F_AA)*J_Psi*mX**2*(mb+ms)**2/mB**4
            + sq(F_PS)*b2*J_Psip + sq(F_PP)*J_Psi - 4*Re(F_AA,F_PP)*J_Psi*mX*(mb+ms)/mB**2 ) * mB**2/(mb+ms)**2
    return (total,)


def K_nunuSM(*, GF, Xt, alpha, fp, lambda_t, p, q2, sw2):
    total = GF**2*alpha**2*abs(lambda_t)**2*Xt**2/(32*pi**5*sw2**2) * p*q2 * p**2/q2*fp**2
    return (total,)


def Kst_nunuSM(*, A1, A12, GF, M, V, Xt, alpha, lambda_t, mB, mK, p, q2, sw2):
    N     = GF**2*alpha**2*abs(lambda_t)**2*Xt**2/(32*pi**5*sw2**2) * p*q2
    long  = N * 16*mK**2/q2*A12**2
    trans = N * ( 2*p**2/M**2*V**2 + M**2/(2*mB**2)*A1**2 )
    return (long, trans)


def K_nunuCLCR(*, GF, Splus, alpha, fp, lambda_t, p, q2):
    total = GF**2*alpha**2*abs(lambda_t)**2/(96*pi**5) * p*q2 * Splus * p**2/q2*fp**2
    return (total,)


def Kst_nunuCLCR(*, A1, A12, GF, M, Sminus, Splus, V, alpha, lambda_t, mB, mK, p, q2):
    N     = GF**2*alpha**2*abs(lambda_t)**2/(96*pi**5) * p*q2
    long  = N * Sminus*16*mK**2/q2*A12**2
    trans = N * ( Splus*2*p**2/M**2*V**2 + Sminus*M**2/(2*mB**2)*A1**2 )
    return (long, trans)


def K_nunuLNV(*, M, S_T, Splus_S, d, f0, fT, mB, mb, ms, p, q2):
    total = p*q2/(24*pi**3) * ( 3/32*Splus_S*mB**2*d**2/(mb-ms)**2*f0**2 + 2*S_T*p**2/M**2*fT**2 )
    return (total,)


def Kst_nunuLNV(*, A0, M, S_T, Sminus_S, T1, T2, T23, d, mB, mK, mb, ms, p, q2):
    long  = p*q2/(24*pi**3) * ( 3/8*Sminus_S*p**2/(mb+ms)**2*A0**2 + S_T*8*mK**2/M**2*T23**2 )
    trans = p*q2/(24*pi**3) * S_T*( 4*p**2/q2*T1**2 + mB**2*d**2/q2*T2**2 )
    return (long, trans)
